import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.config.ts';

/** What `run.mjs` says the room is tested by; Stryker, in between, hands nothing on but the environment. */
const include: string[] = JSON.parse(process.env.MUTATION_TESTS ?? '[]');

// A test that is only slow, on a busy machine, has noticed nothing.
export default defineConfig({ resolve: { alias: sources }, test: { include, testTimeout: 15_000 } });
