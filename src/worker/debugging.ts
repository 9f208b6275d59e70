import type { Companion } from './companion.ts';

/** Frames of a stack; Node's own limit is 10. */
const FRAMES = 50;

/** While it lasts, stacks are long, and deprecations say where they come from. */
export const debugging: Companion = () => {
  const before = { frames: Error.stackTraceLimit, deprecations: process.traceDeprecation };
  Error.stackTraceLimit = Math.max(FRAMES, before.frames);
  process.traceDeprecation = true;
  return () => {
    Error.stackTraceLimit = before.frames;
    process.traceDeprecation = before.deprecations;
  };
};
