import { checkOption } from '../option-check.ts';
import type { Companion } from '../worker/companion.ts';
import { placeOf } from './place.ts';

/**
 * Lets this user look into the program, and command it, while it runs: `inversify-lifecycle attach`.
 *
 * @param control true, a name that it is found by, or the path of the socket
 * @throws OptionError for what is none of these
 */
export function controlSocket(control: true | string): Companion {
  checkOption(control === true || typeof control === 'string', 'control', "true, or a name like 'shop'", control);
  const place = placeOf(control);
  return async (program) => {
    const { openControl } = await import('./control-server.ts');
    return openControl(place, program);
  };
}
