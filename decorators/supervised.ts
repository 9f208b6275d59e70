import type { SupervisedOptions } from '../src/supervision/policy.ts';
import { type ClassDecorator, checkedClass, describe, isOptions } from './class-decorator.ts';
import { type AnyClass, readWords, writeWord } from './metadata.ts';

const SUPERVISED = 'supervised';

/**
 * Has a service restarted when it crashes (OTP's child specification): by a supervisor of its own, or with the group that it
 * is part of. Inherited; the nearest class decides. The options are checked when the graph is built.
 *
 * @throws TypeError when it decorates anything but a class, or for what is no object of options
 */
export function Supervised(options: SupervisedOptions = {}): ClassDecorator {
  if (!isOptions(options)) {
    throw new TypeError(`@Supervised expects options like { restart: { max: 5 } }, got ${describe(options)}`);
  }
  return (...given) => {
    const [target, context] = checkedClass('@Supervised', given);
    writeWord(context?.metadata ?? target, SUPERVISED, options);
  };
}

/** What `@Supervised` says of a class or the nearest of its bases. */
export function supervisedOptionsOf(target: AnyClass): SupervisedOptions | undefined {
  return readWords<SupervisedOptions>(target, SUPERVISED)[0]?.value;
}
