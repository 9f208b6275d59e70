import { type ControlClient, RemoteError } from '../control/client.ts';
import type { Picture } from '../control/picture.ts';
import { tameLines } from '../terminal-text.ts';
import { EXIT } from '../worker/exit-code.ts';
import { liveView } from './live-view.ts';
import { attachTo, listText } from './targets.ts';
import { overviewText } from './view-lines.ts';

/** Codes of what was asked for wrongly. */
const USAGE: ReadonlySet<string> = new Set([
  'LIFECYCLE_INVALID_OPTION',
  'LIFECYCLE_UNKNOWN_REF',
  'LIFECYCLE_AMBIGUOUS_REF',
  'LIFECYCLE_UNKNOWN_TASK',
]);

/**
 * Looks into a program that runs, or has it do something.
 *
 * @param target a process id, a name, or the path of a socket; without, what there is is listed
 * @param words a command; without, the program is shown: live on a terminal, else once
 * @returns the exit code
 * @throws OptionError when there is no such program, or it is another user's
 */
export async function attach(target: string | undefined, words: readonly string[]): Promise<number> {
  if (target === undefined) {
    console.log(await listText());
    return EXIT.ok;
  }
  const client = await attachTo(target);
  try {
    return await attached(client, words);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    console.error(readable(error.message, process.stderr));
    return USAGE.has(error.code) ? EXIT.usage : EXIT.failed;
  } finally {
    client.close();
  }
}

/** @throws RemoteError */
async function attached(client: ControlClient, words: readonly string[]): Promise<number> {
  if (words.length === 0 && isTerminal()) return liveView(client);
  const text =
    words.length > 0 ? await client.command(words) : overviewText(client.greeting, await firstPicture(client));
  console.log(readable(text, process.stdout));
  return EXIT.ok;
}

function firstPicture(client: ControlClient): Promise<Picture> {
  return new Promise((resolve, reject) => {
    client.watch(resolve).catch(reject);
  });
}

/** On a terminal what a program says must not clear it; elsewhere it is taken as it is. */
function readable(text: string, { isTTY }: NodeJS.WriteStream): string {
  return isTTY ? tameLines(text) : text;
}

function isTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}
