import { defineConfig } from 'vitest/config';
import { sources } from '../../vitest.config.ts';

/** What `run.mjs` says the room is tested by; Stryker, in between, hands nothing on but the environment. */
const include: string[] = JSON.parse(process.env.MUTATION_TESTS ?? '[]');

export default defineConfig({ resolve: { alias: sources }, test: { include } });
