import type { TaskMethod } from '../src/tasks/options.ts';
import type { AnyClass, WordPlace } from './metadata.ts';

/** A method, and where what is said of it belongs. */
export interface Decorated {
  readonly place: WordPlace;
  readonly method: TaskMethod;
}

/**
 * What a method decorator is called with: legacy ones with a prototype, a key and a descriptor, TC39 ones with the method and
 * its context.
 *
 * @throws TypeError for anything but a method of instances
 */
export function checkedMethod(decorator: string, given: readonly unknown[]): Decorated {
  const [first, second, descriptor] = given;
  const refuse = (got: string): never => {
    throw new TypeError(
      `${decorator} decorates methods of instances, got ${got}; write it above a method: async flush() {}`,
    );
  };
  if (isContext(second)) {
    if (second.kind !== 'method') return refuse(`the ${second.kind} ${String(second.name)}`);
    if (second.static) return refuse(`the static method ${String(second.name)}`);
    const { name: key, access } = second;
    const method = second.private ? { key, get: (self: object) => access.get(self) } : { key };
    return { place: second.metadata, method };
  }
  const isKey = typeof second === 'string' || typeof second === 'symbol';
  if (!isKey) return refuse(typeof first === 'function' ? 'a class' : 'something else');
  if (typeof first === 'function') return refuse(`the static member ${String(second)} of ${first.name}`);
  const { constructor: place } = first as { readonly constructor: AnyClass };
  const member = `${place.name}.${String(second)}`;
  if (!isDescriptor(descriptor)) return refuse(`the field ${member}`);
  if (descriptor.get !== undefined || descriptor.set !== undefined) return refuse(`the accessor ${member}`);
  if (typeof descriptor.value !== 'function') return refuse(`${member}, which is no function`);
  return { place, method: { key: second } };
}

function isContext(value: unknown): value is ClassMethodDecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
}

function isDescriptor(value: unknown): value is PropertyDescriptor {
  return typeof value === 'object' && value !== null;
}
