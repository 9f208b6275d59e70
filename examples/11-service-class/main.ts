// The base class Service, without any container: what hooks are given is on `this`. A Worker runs it until its work is done.
//
// The station takes three samples, one each 50 ms, and waits no longer than 20 ms for any of them.
import { Background, lifecycle, Service, TransitionsTo, Worker } from 'inversify-lifecycle';

/** The second sample hangs, until it is told not to. */
async function sample(count: number, signal: AbortSignal): Promise<number> {
  if (count === 2) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return 20 + count;
}

class Station extends Service {
  readonly #samples: number[] = [];

  onStart(): void {
    this.log.info('The sensor is on');
    this.defer(() => this.log.info('The sensor is off'));
  }

  @Background()
  async measure(): Promise<void> {
    for await (const { count } of this.interval('50ms')) {
      const result = await this.wait((signal) => sample(count, signal), { timeout: '20ms' });
      if (result.kind === 'done') this.#samples.push(result.value);
      this.log.info(`Sample ${count}: ${result.kind}`);
      if (count === 3) break;
    }
    await this.commit();
  }

  @TransitionsTo('committing')
  async commit(): Promise<void> {
    await this.during('compressing', () => this.#compress());
    this.log.info(`Committed ${this.#samples.join(', ')}; it still holds ${this.#flags()}`);
  }

  async #compress(): Promise<void> {
    this.log.info(`It holds ${this.#flags()}`);
    await this.sleep('10ms');
  }

  /** They are in the snapshot of the service, for all to see. */
  #flags(): string {
    return lifecycle(this).get(this).flags.join(' and ');
  }
}

const station = new Station();
console.log(station);
const code = await Worker.run(station, { daemon: false, logFormat: 'pretty' });
console.log(station, `and code ${code}`);

// By hand it would be: await using station = await new Station().start();
