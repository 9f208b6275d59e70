/** Support for tests: `import { ManualClock } from 'inversify-lifecycle/testing'`. */
export { EventRecorder } from './event-recorder.ts';
export { Interleaving } from './interleaving.ts';
export { ManualClock } from './manual-clock.ts';
