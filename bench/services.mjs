// Plain injectable classes over a graph, as TypeScript would emit them.

import 'reflect-metadata';
import { injectable } from 'inversify';

/**
 * @param hooks makes the prototype's hooks of one node, e.g. `() => ({ onStart() {}, onStop() {} })`
 * @param decorate marks the class: Inversify's `injectable()` unless told otherwise
 */
export function serviceClasses(graph, hooks, decorate = injectable()) {
  const classes = [];
  for (const [node, needs] of graph.entries()) {
    const Class = classOf(`Service${node}`, needs.length);
    for (const [hook, run] of Object.entries(hooks(node))) {
      Object.defineProperty(Class.prototype, hook, { value: run, configurable: true, writable: true });
    }
    Reflect.defineMetadata(
      'design:paramtypes',
      needs.map((need) => classes[need]),
      Class,
    );
    decorate(Class);
    classes.push(Class);
  }
  return classes;
}

/** Inversify counts the parameters that a constructor declares. */
function classOf(name, parameters) {
  const byParameters = [
    () => ({ [name]: class {} }),
    () => ({
      [name]: class {
        constructor(a) {
          this.a = a;
        }
      },
    }),
    () => ({
      [name]: class {
        constructor(a, b) {
          this.a = a;
          this.b = b;
        }
      },
    }),
    () => ({
      [name]: class {
        constructor(a, b, c) {
          this.a = a;
          this.b = b;
          this.c = c;
        }
      },
    }),
  ];
  return byParameters[parameters]()[name];
}

/** Hooks that do nothing, under the names a framework calls them by. */
export function idleHooks(kind, [start, stop] = ['onStart', 'onStop']) {
  return kind === 'async' ? () => ({ async [start]() {}, async [stop]() {} }) : () => ({ [start]() {}, [stop]() {} });
}
