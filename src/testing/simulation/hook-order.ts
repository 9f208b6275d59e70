import type { Entry } from '../../current.ts';
import type { Life } from '../../lifecycle/life.ts';
import type { Unit } from '../../lifecycle/unit.ts';
import type { HookName } from '../../spec.ts';
import { unitOf } from '../at-work.ts';
import type { Violation } from './verdict.ts';

/** The steps of one life, in their order; disposers may come up to the very end. */
const RANKS: Readonly<Record<Exclude<Entry['step'], 'task'>, number>> = {
  create: 0,
  onFirstStart: 1,
  onRestart: 1,
  onStart: 2,
  onStarted: 3,
  onStop: 4,
  disposer: 5,
  dispose: 6,
  onShutdown: 7,
};

/** In which states of the service a step may be. */
const STATES: Readonly<Record<Entry['step'], readonly string[]>> = {
  create: ['starting'],
  onFirstStart: ['starting'],
  onRestart: ['starting'],
  onStart: ['starting'],
  onStarted: ['running'],
  onStop: ['stopping'],
  disposer: ['stopping'],
  dispose: ['stopping'],
  onShutdown: ['stopping'],
  task: ['starting', 'running', 'stopping'],
};

/** The hooks of each service come in order in each of its lives: a model of a few lines, fed with what is called. */
export class HookOrder {
  readonly #lives = new Map<Life, { readonly unit: Unit; readonly calls: Entry['step'][] }>();

  /** A hook or task is called. @returns what is wrong with that */
  called(entry: Entry): Violation | undefined {
    const { step } = entry;
    const unit = unitOf(entry);
    if (unit === undefined) return undefined;
    const { label, state, life } = unit;
    if (!STATES[step].includes(state.at))
      return wrong(label, `${label}.${step} is called while ${label} is ${state.at}`);
    if (step === 'task' || life === undefined) return undefined;
    const known = this.#lives.get(life) ?? { unit, calls: [] };
    this.#lives.set(life, known);
    const { calls } = known;
    const last = calls.at(-1);
    calls.push(step);
    if (last === undefined || last === 'task' || isAfter(last, step)) return undefined;
    return wrong(label, `${label}.${step} is called after ${label}.${last}, in one life`);
  }

  /** All is down. @returns what was started and not stopped; what was is forgotten */
  down(): Violation | undefined {
    for (const [life, { unit, calls }] of this.#lives) {
      const owed: HookName[] = life.complete ? ['onStop', 'onShutdown'] : life.begun ? ['onShutdown'] : [];
      const missing = owed.find((hook) => unit.spec?.hooks.has(hook) && !calls.includes(hook));
      if (missing === undefined) continue;
      const detail = `${unit.label} was started and is down, and its ${missing} was not called`;
      return { invariant: 'once', service: unit.label, detail };
    }
    this.#lives.clear();
    return undefined;
  }
}

function isAfter(last: Exclude<Entry['step'], 'task'>, step: Exclude<Entry['step'], 'task'>): boolean {
  if (step === 'disposer') return RANKS[last] <= RANKS.disposer || last === 'onShutdown';
  return RANKS[last] < RANKS[step];
}

function wrong(service: string, detail: string): Violation {
  return { invariant: 'hooks', service, detail };
}
