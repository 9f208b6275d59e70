import type { Clock } from '../../src/clock.ts';
import type { Hooks } from '../../src/hooks.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { type Behaviour, behave, returns } from './behaviour.ts';

export interface Behaviours {
  readonly start?: Behaviour;
  readonly started?: Behaviour;
  readonly stop?: Behaviour;
  readonly shutdown?: Behaviour;
}

/**
 * A service that watches its surroundings: it finds fault with everything that is not as it should be at the moment one of
 * its hooks is called (stuartsierra/component's test double).
 */
export class ServiceDouble implements Hooks {
  readonly name: string;
  readonly needs: readonly ServiceDouble[];
  readonly neededBy: ServiceDouble[] = [];
  readonly faults: string[] = [];
  /** One for each life whose start hook was called, with the hooks that were called in it. */
  readonly lives: string[][] = [];
  /** Whether its start hook fulfilled in the present life, and its stop hook was not called yet. */
  up = false;
  stopFinished = false;
  /** Whether its start hook was given up on; that it fulfils later means nothing. */
  wasLeftBehind = false;
  behaviours: Behaviours;
  lifecycle: Lifecycle | undefined;
  readonly #clock: Clock;

  constructor(name: string, needs: readonly ServiceDouble[], clock: Clock, behaviours: Behaviours = {}) {
    this.name = name;
    this.needs = needs;
    this.behaviours = behaviours;
    this.#clock = clock;
    for (const need of needs) need.neededBy.push(this);
  }

  onStart({ signal }: ServiceContext): unknown {
    this.lives.push(['onStart']);
    this.stopFinished = false;
    this.#expectNeedsToRun('starts');
    for (const other of this.neededBy)
      if (other.up) this.faults.push(`${this.name} starts below ${other.name}, which is up`);
    if (this.up) this.faults.push(`${this.name} starts twice`);
    const life = this.lives.length;
    this.wasLeftBehind = false;
    const fulfilled = (): void => {
      if (this.lives.length === life && !this.wasLeftBehind) this.up = true;
    };
    return this.#then(behave(this.behaviours.start ?? returns, this.#clock, signal), fulfilled);
  }

  onStarted({ signal }: ServiceContext): unknown {
    this.lives.at(-1)?.push('onStarted');
    return behave(this.behaviours.started ?? returns, this.#clock, signal);
  }

  onStop({ signal }: ServiceContext): unknown {
    this.lives.at(-1)?.push('onStop');
    if (!this.up) this.faults.push(`${this.name} stops without being up`);
    this.up = false;
    this.#expectNeedsToRun('stops');
    this.#expectNobodyAbove('stops');
    return this.#then(behave(this.behaviours.stop ?? returns, this.#clock, signal), () => {
      this.stopFinished = true;
    });
  }

  onShutdown({ signal }: ServiceContext): unknown {
    this.lives.at(-1)?.push('onShutdown');
    this.#expectNobodyAbove('shuts down');
    return behave(this.behaviours.shutdown ?? returns, this.#clock, signal);
  }

  /** One that crashed while others use it is taken down after them, as if it ran. */
  #expectNeedsToRun(what: 'starts' | 'stops'): void {
    for (const { name, up } of this.needs) {
      const state = this.lifecycle?.get(name).state;
      const isUsable = state === 'running' || (what === 'stops' && state === 'crashed' && up);
      if (!isUsable) this.faults.push(`${this.name} ${what} while ${name}, which it needs, is ${state}`);
    }
  }

  #expectNobodyAbove(what: string): void {
    for (const { name } of this.neededBy) {
      const state = this.lifecycle?.get(name).state ?? '';
      if (['starting', 'running', 'stopping'].includes(state)) {
        this.faults.push(`${this.name} ${what} while ${name}, which needs it, is ${state}`);
      }
    }
  }

  #then(returned: unknown, fulfilled: () => void): unknown {
    if (returned === undefined) {
      fulfilled();
      return undefined;
    }
    if (!(returned instanceof Promise)) return returned;
    return returned.then(fulfilled);
  }
}
