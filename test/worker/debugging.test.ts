import { expect, it } from 'vitest';
import type { RunningProgram } from '../../src/worker/companion.ts';
import { debugging } from '../../src/worker/debugging.ts';

it('makes stacks long while it lasts', async () => {
  const before = { frames: Error.stackTraceLimit, deprecations: process.traceDeprecation };
  const close = await debugging({} as RunningProgram);
  expect([Error.stackTraceLimit, process.traceDeprecation]).toEqual([50, true]);
  await close?.();
  expect({ frames: Error.stackTraceLimit, deprecations: process.traceDeprecation }).toEqual(before);
});
