// What TypeScript would emit for a decorated class, for the programs here, which are plain JavaScript.
import 'reflect-metadata';
import { injectable } from 'inversify';

/**
 * @param needs the classes of the constructor's parameters
 * @param tasks decorators of methods, by the name of the method
 */
export function declared(Class, { needs = [], tasks = {} } = {}) {
  Reflect.defineMetadata('design:paramtypes', needs, Class);
  injectable()(Class);
  for (const [name, decorate] of Object.entries(tasks)) {
    decorate(Class.prototype, name, Object.getOwnPropertyDescriptor(Class.prototype, name));
  }
  return Class;
}
