import type { Entry } from '../../current.ts';
import { messageOf } from '../../errors.ts';
import type { LifecycleEvent } from '../../events/lifecycle-event.ts';
import type { Lifecycle } from '../../lifecycle/lifecycle.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import { labelOf, unitOf, type Work } from '../at-work.ts';
import { Subscriptions } from '../subscriptions.ts';
import { GraphOrder } from './graph-order.ts';
import { leftAlive } from './rest.ts';
import { BRING_DOWN, type SimulatedWorld } from './simulated-world.ts';
import type { InvariantName, Violation } from './verdict.ts';

/** Says of what happens under one seed whether it may, and whose fault it is. */
export class Judge {
  readonly #lifecycle: Lifecycle;
  readonly #world: SimulatedWorld;
  readonly #order: GraphOrder;
  readonly subscriptions = new Subscriptions((entry) => unitOf(entry)?.life);
  /** A service was left behind in the middle of something, or will not hear of its first start again: it need not work any more. */
  isBroken = false;
  /** What was left behind may have left something. */
  isLitter = false;

  constructor(lifecycle: Lifecycle, world: SimulatedWorld) {
    this.#lifecycle = lifecycle;
    this.#world = world;
    this.#order = new GraphOrder(lifecycle);
  }

  break(invariant: InvariantName, service: string | undefined, detail: string, cause?: unknown): void {
    const violation: Violation = { invariant, service, detail, ...(cause === undefined ? {} : { cause }) };
    this.#world.break(violation);
  }

  /** What fails with nothing done to it fails by itself. */
  heard(event: LifecycleEvent): void {
    this.#world.break(this.#order.heard(event));
    switch (event.kind) {
      case 'listener:failed':
        this.break('handled', undefined, `a listener of lifecycle events threw: ${event.error.message}`, event.error);
        return;
      case 'step:abandoned':
        this.#leftBehind(event.service, `${event.service}.${event.step}`, event.error);
        return;
      case 'task:abandoned':
        this.#leftBehind(event.service, `${event.service}.${event.task}`, event.error);
        return;
      case 'service:crashed':
        if (event.from !== 'stopping') this.#failed(event.service, event.error);
        return;
      case 'task:failed':
        if (this.#unit(event.service)?.life?.aborted === false) this.#failed(event.service, event.error);
        return;
      case 'step:failed':
        this.isBroken ||= event.step === 'onFirstStart';
        if (this.#unit(event.service)?.state.at === 'stopping') this.#failed(event.service, event.error);
        return;
      default:
    }
  }

  /** A promise rejected, and nobody handled it. */
  unhandled(reason: unknown, entry: Entry | undefined): void {
    const by = entry === undefined ? '' : ` in ${labelOf(entry)}`;
    const detail = `a promise made${by} rejected, and nobody handled it: ${messageOf(reason)}`;
    this.break('handled', entry?.unit.label, detail, reason);
  }

  /** Nothing is on its way up or down. */
  settled(): void {
    this.#world.break(this.#order.settled());
  }

  /** All is to be down. */
  down(): void {
    for (const { label, up, state } of this.#lifecycle.runningGraph.units) {
      if (up) this.break('once', label, `${label} is still ${state.at} after the stop`);
    }
    this.#world.break(this.#world.hooks.down());
    if (!this.isLitter) this.#world.break(leftAlive(this.#world, this.subscriptions));
    this.#world.isProvoked = false;
  }

  #failed(service: string, error: Error | undefined): void {
    if (this.#world.isProvoked) return;
    this.break('healthy', service, `${service} failed, with no fault injected: ${error?.message}`, error);
  }

  #leftBehind(service: string, label: string, error: Error | undefined): void {
    this.isBroken = true;
    for (const work of this.#world.atWork.all) {
      if (work.label !== label) continue;
      work.isLeftBehind = true;
      this.isLitter ||= mayLitter(work);
    }
    if (this.#world.isProvoked) return;
    const why = 'it hangs, ignores its signal, or does real I/O, which is to be overridden';
    this.break('ends', service, `${error?.message}, with no fault injected: ${why}`, error);
  }

  #unit(label: string): Unit | undefined {
    for (const unit of this.#lifecycle.runningGraph.units) if (unit.label === label) return unit;
    return undefined;
  }
}

/** Left behind like this, it may leave something: it is in the middle, or it has brought up what nobody brings down. */
function mayLitter({ at, entry: { step } }: Work): boolean {
  return at === 'inside' || (at === 'after' && step !== 'task' && !BRING_DOWN.has(step));
}
