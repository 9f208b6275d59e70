// The rooms of the house and what each may touch. Checked over the three source folders, type imports included.

const SOURCES = '^(src|decorators|container)/';
const ENTRIES = '^container/((testing|http)/)?index[.]ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that import each other, be it for a type, are one file or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'src-is-the-ground',
      comment: 'The runtime knows neither the decorators, nor the container, nor Inversify, nor Reflect.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^(decorators|container)/', '(^|/)(inversify|reflect-metadata)(/|$)'] },
    },
    {
      name: 'decorators-take-types-only',
      comment: 'Decorators write plain specs: of src they know the shapes, by `import type`.',
      severity: 'error',
      from: { path: '^decorators/' },
      to: { path: '^src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'decorators-stay-below-the-container',
      severity: 'error',
      from: { path: '^decorators/' },
      to: { path: ['^container/', '(^|/)inversify(/|$)'] },
    },
    {
      name: 'no-inversify-internals',
      comment: 'Inversify pins its parts exactly; importing one would bring a second copy of it.',
      severity: 'error',
      from: { path: SOURCES },
      to: { path: '(^|/)@inversifyjs/' },
    },
    {
      name: 'one-barrel',
      comment: 'Only the entry points gather what others export.',
      severity: 'error',
      from: { path: '/index[.]ts$', pathNot: [ENTRIES, 'node_modules'] },
      to: {},
    },
    {
      name: 'nobody-imports-the-barrel',
      severity: 'error',
      from: { path: SOURCES },
      to: { path: '/index[.]ts$', pathNot: 'node_modules' },
    },
    {
      name: 'name-the-noun',
      comment: 'A file is called after what it is about.',
      severity: 'error',
      from: { path: SOURCES },
      to: { path: '/(utils?|helpers?|common|types|misc)(/|[.]ts$)', pathNot: 'node_modules' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { path: SOURCES, orphan: true },
      to: {},
    },
    {
      name: 'declared-dependencies-only',
      comment: 'What the published files import is in dependencies or peerDependencies.',
      severity: 'error',
      from: { path: SOURCES },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: ['npm-peer', 'npm', 'type-only'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: SOURCES },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
