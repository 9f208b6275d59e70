import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const CONTAINER_TESTS = 'test/container/**/*.test.ts';

/** The package's own names lead to its sources. */
export const sources = [
  { find: /^inversify-lifecycle$/, replacement: fileURLToPath(new URL('container/index.ts', import.meta.url)) },
  {
    find: /^inversify-lifecycle\/testing$/,
    replacement: fileURLToPath(new URL('container/testing/index.ts', import.meta.url)),
  },
  {
    find: /^inversify-lifecycle\/http$/,
    replacement: fileURLToPath(new URL('container/http/index.ts', import.meta.url)),
  },
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias: sources },
        test: { name: 'inversify 8', include: ['test/**/*.test.ts'] },
      },
      {
        resolve: { alias: [...sources, { find: /^inversify$/, replacement: 'inversify7' }] },
        test: { name: 'inversify 7', include: [CONTAINER_TESTS] },
      },
    ],
    coverage: { include: ['{src,decorators,container}/**/*.ts'] },
  },
});
