// A resolve hook: inside the repository the package's own name means its sources, so nothing needs a build first.
const SOURCES = {
  'inversify-lifecycle': new URL('../container/index.ts', import.meta.url).href,
  'inversify-lifecycle/testing': new URL('../container/testing/index.ts', import.meta.url).href,
};

export function resolve(specifier, context, nextResolve) {
  return nextResolve(SOURCES[specifier] ?? specifier, context);
}
