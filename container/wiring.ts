/** Puts together what must not know of each other: the runtime, the decorators, and the containers. */

import { addFlagHolders } from '../decorators/transitions.ts';
import { adviseServices, type ObjectWords } from '../src/advisor.ts';
import { OptionError } from '../src/errors.ts';
import { holderOf } from '../src/lifecycle/instance.ts';
import { type ClassFault, specOfInstance, wordsOf } from './class-words.ts';
import type { ClassLike } from './inversify.ts';
import { homeOf } from './registry.ts';

addFlagHolders(holderOf);
adviseServices({ wordsOf: wordsOfObject, homeOf });

/** What concerns those that a container makes is none of an object's that is there. */
function wordsOfObject(object: object): ObjectWords {
  const { name, faults } = wordsOf(object.constructor as ClassLike);
  const own = faults.filter(({ code }) => code !== 'INHERITED_CONSTRUCTOR');
  const issuesOf = (isGrave: boolean): Omit<ClassFault, 'grave'>[] =>
    own.filter(({ grave }) => grave === isGrave).map(({ code, message }) => ({ code, message }));
  return { spec: specOf(object), name, errors: issuesOf(true), warnings: issuesOf(false) };
}

function specOf(object: object): ReturnType<typeof specOfInstance> {
  try {
    return specOfInstance(object);
  } catch (error) {
    // It is among the faults.
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}
