import type { StepName } from '../events/service-events.ts';
import type { RunningProgram } from '../worker/companion.ts';
import type { WatchNews } from './watch-thread.ts';
import type { WatchdogSettings } from './watchdog-settings.ts';

/** What follows once a block is over. */
export class Aftermath {
  readonly #unready: number;
  readonly #program: RunningProgram;
  #recover: (() => void) | undefined;

  constructor({ unready }: WatchdogSettings, program: RunningProgram) {
    this.#unready = unready;
    this.#program = program;
  }

  note(news: WatchNews): void {
    if (news.kind !== 'ended') return;
    const { blocked: duration, culprit, frames: stack } = news;
    const { events, runningGraph } = this.#program.lifecycle;
    const { service, step, task, setOffBy } = culprit ?? {};
    const unit = service === undefined ? undefined : runningGraph.labelled(service);
    if (unit !== undefined) unit.blocked += duration;
    if (this.#unready > 0) this.#hold(service ?? 'code of no service');
    events.emit({
      kind: 'loop:blocked',
      ...(service === undefined ? {} : { service }),
      ...(step === undefined ? {} : { step: step as StepName }),
      ...(task === undefined ? {} : { task }),
      ...(setOffBy === undefined ? {} : { setOffBy }),
      duration,
      stack,
    });
  }

  /** Is not ready for a while. */
  #hold(who: string): void {
    const { obstacles, clock } = this.#program.lifecycle;
    this.#recover?.();
    const reason = `the event loop was blocked by ${who}`;
    obstacles.add(reason);
    const cancel = clock.timer(this.#unready, () => this.#recover?.());
    this.#recover = () => {
      cancel();
      obstacles.delete(reason);
      this.#recover = undefined;
    };
  }

  end(): void {
    this.#recover?.();
  }
}
