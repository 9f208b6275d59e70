// A program of somebody who has this package, Inversify and TypeScript, and nothing else: not even the types of Node.
// It is compiled against what is published, with all declarations checked.
import { inject, injectable } from 'inversify';
import {
  Background,
  Crontab,
  fromFunction,
  Lazy,
  lazy,
  lifecycle,
  Managed,
  Service,
  ServiceContainer,
  type ServiceContext,
  type ServiceStartTrace,
  Signal,
  type TaskContext,
  type TaskRegistry,
  type TaskRunTrace,
  Timer,
  TransitionsTo,
  Worker,
  type WorkerOptions,
} from 'inversify-lifecycle';
import {
  createTestContainer,
  ManualClock,
  type Simulation,
  SimulationError,
  simulate,
} from 'inversify-lifecycle/testing';

@Managed({ startTimeout: '1s' })
@injectable()
class Store {
  readonly lines: string[] = [];

  onStart({ defer }: ServiceContext): void {
    defer(() => this.lines.push('closed'));
  }

  @Timer('10s', { immediate: true })
  flush({ scheduledAt, lateness }: TaskContext): void {
    this.lines.push(`flush of ${scheduledAt}, ${lateness} ms late`);
  }

  @Crontab('30 18 * * *', { timeZone: 'US/Pacific' })
  report(): void {}

  @Background()
  async consume({ signal, sleep }: TaskContext): Promise<void> {
    while (!signal.aborted) await sleep('1m');
  }
}

@injectable()
class Client extends Service {
  constructor(@inject(lazy(Store)) readonly store: Lazy<Store>) {
    super();
  }

  @Background()
  @TransitionsTo('sending')
  async send(): Promise<void> {
    for await (const { count } of this.interval('1s')) {
      const sent = await this.wait((signal) => this.during('waiting', this.#answer(count, signal)), { timeout: '5s' });
      if (sent.kind === 'done') this.store.value.lines.push(sent.value);
    }
  }

  async #answer(count: number, signal: AbortSignal): Promise<string> {
    return signal.aborted ? 'aborted' : `answer ${count}`;
  }
}

await using container = new ServiceContainer({ lifecycle: { clock: new ManualClock() } }).add(Store, Client);
container.bind('job').toConstantValue(fromFunction('job', ({ wait }) => wait({ state: 'running', of: Client })));
await using alone = await new Client(Lazy.of(new Store())).start();
export const flags: readonly string[] = lifecycle(alone).get(alone).flags;
const report = await container.startAll();
export const names: readonly string[] = report.entries.map(({ name }) => name);
export const { state } = lifecycle(container).get(Store);

const { tasks }: { tasks: TaskRegistry } = container.lifecycle;
export const due: readonly (number | undefined)[] = [...tasks].map((task) => task.snapshot().nextRun);

using connection = new Signal<[item: string]>({ timeout: '1s' }).connect((item, { signal }) => [item, signal.aborted]);
export const { connected } = connection;
for await (const { kind, id } of container.lifecycle.watch({ signal: AbortSignal.abort() })) console.log(kind, id);
export const told = ({ service }: ServiceStartTrace, { task, outcome }: TaskRunTrace) => [service, task, outcome];

await using test = await createTestContainer(() => new ServiceContainer().add(Store), {
  overrides: [[Store, { flush: () => {} }]],
  only: [Store],
});
await test.start();
await test.clock.advance('1h');
export const { service } = await test.events.next('service:running', 'Store');

export const simulation: Simulation | SimulationError = await simulate(
  ({ clock }) => {
    const simulated = new ServiceContainer().add(Store);
    simulated.bind('clock').toConstantValue(clock);
    return simulated;
  },
  { seeds: 10, inject: { hangs: 0 }, invariant: ({ lifecycle }, events) => [lifecycle.state, events.length] },
).catch((error: unknown) => {
  if (error instanceof SimulationError) return error;
  throw error;
});

const options: WorkerOptions = { logFormat: 'json', preStopDelay: '1s', signals: ['SIGTERM'] };
export const code: number = await new Worker(container, options).run();
