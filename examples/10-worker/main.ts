// A whole program: the Worker starts it, logs as Mode's does, stops it in order on Ctrl-C, and ends with the right code.
//
//   npm run example examples/10-worker/main.ts        Ctrl-C once stops, twice hurries, three times kills
import { injectable } from 'inversify';
import {
  Background,
  ServiceContainer,
  type ServiceContext,
  type TaskContext,
  Timer,
  Worker,
} from 'inversify-lifecycle';

@injectable()
class Queue {
  readonly #jobs: string[] = [];
  #wake = () => {};

  onStop({ log }: ServiceContext): void {
    log.info(`${this.#jobs.length} jobs are left`);
  }

  push(job: string): void {
    this.#jobs.push(job);
    this.#wake();
  }

  /** The jobs as they come, until the signal aborts. */
  async *take(signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const job = this.#jobs.shift();
      if (job !== undefined) yield job;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

@injectable()
class Producer {
  constructor(readonly queue: Queue) {}

  @Timer('50ms', { immediate: true })
  produce({ run }: TaskContext): void {
    if (run <= 3) this.queue.push(`job ${run}`);
  }
}

@injectable()
class Consumer {
  constructor(readonly queue: Queue) {}

  @Background()
  async consume({ signal, log }: TaskContext): Promise<void> {
    let count = 0;
    for await (const job of this.queue.take(signal)) {
      log.info(`did ${job}`);
      count++;
      if (count === 3) log.info('All is done; press Ctrl-C');
    }
  }
}

const code = await Worker.run(new ServiceContainer().add(Producer, Consumer, Queue), { logFormat: 'pretty' });
console.log(`Ended with code ${code}`);
