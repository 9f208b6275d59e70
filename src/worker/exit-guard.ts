import { humanize } from '../duration.ts';
import { EXIT } from './exit-code.ts';

/** Streams of the process itself, which keep nothing alive. */
const HARMLESS = /^(TTYWrap|PipeWrap|FSReqCallback|FSReqPromise)$/;

/**
 * Ends the process by force if something keeps it alive after all is stopped, and says of what kind it is. While nothing
 * does, it costs nothing.
 *
 * @param code the exit code that it was to have
 */
export function guardExit(timeout: number, code: number): void {
  if (timeout === Number.POSITIVE_INFINITY) return;
  const guard = setTimeout(() => {
    const kinds = process.getActiveResourcesInfo().filter((kind) => !HARMLESS.test(kind));
    const held = kinds.length === 0 ? '' : `: ${kinds.join(', ')}`;
    console.error(
      `All is stopped, but something has kept the process alive for ${humanize(timeout)}${held}. It is ended by force; close what was opened in onStop, or with defer().`,
    );
    process.exit(code === EXIT.ok ? EXIT.handlesLeft : code);
  }, timeout);
  guard.unref();
}
