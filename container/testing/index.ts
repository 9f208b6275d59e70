/** Support for tests: `import { createTestContainer, simulate } from 'inversify-lifecycle/testing'`. */
export { type EventOf, EventRecorder } from '../../src/testing/event-recorder.ts';
export { Interleaving } from '../../src/testing/interleaving.ts';
export { ManualClock, type PatienceOptions, type RunOptions } from '../../src/testing/manual-clock.ts';
export type { LeftOpen, OpenResource } from '../../src/testing/resources.ts';
export { type FaultRates, InjectedFault } from '../../src/testing/simulation/fault.ts';
export {
  type InvariantName,
  type Simulation,
  SimulationError,
  type SimulationErrorData,
} from '../../src/testing/simulation/verdict.ts';
export type { TestWorld } from '../../src/testing/world.ts';
export type { Double, Override, Overrides, Stub } from './overrides.ts';
export { type SimulatedAction, type SimulateOptions, simulate } from './simulate.ts';
export type { MakeContainer } from './subject.ts';
export { createTestContainer, type TestContainer, type TestContainerOptions } from './test-container.ts';
