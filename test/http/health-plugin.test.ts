import { fastify } from 'fastify';
import { injectable } from 'inversify';
import { Registry, register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ServiceContainer, type ServiceContext, type TaskContext, Timer } from '../../container/index.ts';
import { OptionError } from '../../src/errors.ts';
import { healthPlugin } from '../../src/http/health-plugin.ts';
import { lifecycleMetrics } from '../../src/http/metrics.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { readExposition } from '../support/exposition.ts';
import { handMade, service } from '../support/hand-made.ts';

const TOKEN = 'a-secret-of-some-length';

@injectable()
class Store {
  onStart(): void {}

  @Timer('1h')
  flush(_: TaskContext): void {}
}

describe('the plugin', () => {
  it('answers as the port does, on a server of the application', async () => {
    await using container = new ServiceContainer().add(Store);
    const server = fastify();
    server.get('/', () => 'the application');
    await server.register(healthPlugin(container.lifecycle), { prefix: '/internal' });
    const ask = async (path: string) => (await server.inject(path)).statusCode;
    expect(await ask('/internal/ready')).toBe(503);
    await container.startAll();
    expect([await ask('/internal/live'), await ask('/internal/ready'), await ask('/internal/startup')]).toEqual([
      200, 200, 200,
    ]);
    expect(await ask('/')).toBe(200);
    // Nobody has asked for these.
    for (const path of ['/metrics', '/services', '/tasks', '/graph.json'])
      expect(await ask(`/internal${path}`)).toBe(404);
    expect((await server.inject({ method: 'POST', url: '/internal/stop' })).statusCode).toBe(404);
    await server.close();
  });

  it('has metrics, views and commands where they are asked for', async () => {
    await using container = new ServiceContainer().add(Store);
    await container.startAll();
    const server = fastify();
    await server.register(healthPlugin(container.lifecycle, { metrics: true, views: true, token: TOKEN }));
    expect(readExposition((await server.inject('/metrics')).body)).toContainEqual({
      name: 'lifecycle_ready',
      labels: {},
      value: 1,
    });
    expect((await server.inject('/tasks')).json()).toMatchObject([{ name: 'Store.flush' }]);
    const url = '/tasks/Store.flush/trigger';
    expect((await server.inject({ method: 'POST', url })).statusCode).toBe(401);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await server.inject({ method: 'POST', url, headers })).json()).toEqual({ ok: true });
    await server.close();
  });

  it('leaves alone how the application reads bodies', async () => {
    const { lifecycle } = new ServiceContainer().add(Store);
    const server = fastify();
    server.addContentTypeParser('*', (_request, _payload, done) => done(null, 'own'));
    server.post('/echo', ({ body }) => body);
    const plugin = healthPlugin(lifecycle, { token: TOKEN });
    // As a plugin does that asks for no scope of its own.
    Object.defineProperty(plugin, Symbol.for('skip-override'), { value: true });
    await server.register(plugin);
    const payload = { said: 'this' };
    expect((await server.inject({ method: 'POST', url: '/echo', payload })).json()).toEqual(payload);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    expect((await server.inject({ method: 'POST', url: '/stop', headers })).statusCode).toBe(200);
    await server.close();
  });

  it('refuses options that do not exist, and a token that can be guessed', () => {
    const { lifecycle } = new ServiceContainer();
    expect(() => healthPlugin(lifecycle, { metric: true } as never)).toThrow('did you mean metrics?');
    expect(() => healthPlugin(lifecycle, { metrics: 1 } as never)).toThrow('metrics must be true or false, got 1');
    expect(() => healthPlugin(lifecycle, { token: 'short' })).toThrow(OptionError);
    expect(() => healthPlugin(lifecycle, { token: `${TOKEN}\n` })).toThrow('token must have visible ASCII characters');
  });
});

describe('the metrics', () => {
  it("go into a registry of the application's, and out of it again; prom-client's own is left alone", async () => {
    await using container = new ServiceContainer().add(Store);
    const registry = new Registry();
    const metrics = await lifecycleMetrics(container.lifecycle, { registry });
    await container.startAll();
    expect(metrics.registry).toBe(registry);
    const samples = readExposition(await registry.metrics());
    expect(samples).toContainEqual({
      name: 'lifecycle_service_start_seconds_count',
      labels: { service: 'Store' },
      value: 1,
    });
    // Those of the process are the application's own matter.
    expect(samples.filter(({ name }) => !name.startsWith('lifecycle_'))).toEqual([]);
    metrics.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('time stops whatever they end in, and starts only where they succeed', async () => {
    class Failing extends Store {
      override onStart(): void {
        throw new Error('no port');
      }
    }
    injectable()(Failing);
    await using container = new ServiceContainer().add(Failing);
    const { registry } = await lifecycleMetrics(container.lifecycle);
    await container.startAll().catch(() => {});
    const names = readExposition(await registry.metrics()).map(({ name, labels }) => [name, labels.service]);
    expect(names).toContainEqual(['lifecycle_service_stop_seconds_count', 'Failing']);
    expect(names).not.toContainEqual(['lifecycle_service_start_seconds_count', 'Failing']);
  });

  it('count spawned work that is over, and its failures, under few names', async () => {
    const spawns: ServiceContext['spawn'][] = [];
    const hub = service({ onStart: ({ spawn }) => void spawns.push(spawn) });
    const work: ServiceContext['spawn'] = (...given) => (spawns.at(-1) as ServiceContext['spawn'])(...given);
    const lifecycle = handMade({ Hub: hub }, { supervision: { strategy: 'oneForOne', backoff: false } });
    const { registry } = await lifecycleMetrics(lifecycle, { registry: new Registry() });
    const values = async (wanted: string): Promise<[string | undefined, number][]> =>
      readExposition(await registry.metrics()).flatMap(({ name, labels, value }) =>
        name === wanted ? [[labels.task, value]] : [],
      );
    await lifecycle.startAll();
    for (let turn = 0; turn < 3; turn++) await work(() => {}, { name: 'job' }).finished;
    expect(await values('lifecycle_task_runs_total')).toEqual([['Hub.job', 3]]);
    expect(await values('lifecycle_task_run_seconds_count')).toEqual([['Hub.job', 3]]);
    const { finished } = work(() => Promise.reject(new Error('no')), { name: 'job' });
    await finished;
    await lifecycle.running('Hub');
    expect(await values('lifecycle_task_failures_total')).toEqual([['Hub.job', 1]]);
    for (let turn = 0; turn < 100; turn++) await work(() => {}, { name: `request ${turn}` }).finished;
    const runs = await values('lifecycle_task_runs_total');
    expect(runs).toHaveLength(21);
    expect(runs.at(-1)).toEqual(['Hub.(other)', 81]);
    expect(await values('lifecycle_task_lateness_seconds_count')).toEqual(runs);
    await lifecycle.stopAll();
  });

  it('time by the clock of the lifecycle, whatever becomes of the date', async () => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ sleep }) => sleep('2s'), onStop: ({ sleep }) => sleep('1s') }) },
      { clock },
    );
    const { registry } = await lifecycleMetrics(lifecycle, { registry: new Registry() });
    const start = lifecycle.startAll();
    clock.shiftDate(3_600_000);
    await clock.advance('2s');
    await start;
    const stop = lifecycle.stopAll();
    clock.shiftDate(-7_200_000);
    await clock.advance('1s');
    await stop;
    const sums = readExposition(await registry.metrics()).filter(({ name }) => name.endsWith('_sum'));
    expect(sums.map(({ name, value }) => [name, value])).toEqual([
      ['lifecycle_service_start_seconds_sum', 2],
      ['lifecycle_service_stop_seconds_sum', 1],
    ]);
  });

  it('of the process are measured once, whoever asks', async () => {
    const all = [new ServiceContainer(), new ServiceContainer()].map(({ lifecycle }) => lifecycleMetrics(lifecycle));
    const [one, other] = await Promise.all(all);
    const lag = 'nodejs_eventloop_lag_p99_seconds';
    expect(one?.registry.getSingleMetric(lag)).toBeDefined();
    expect(one?.registry.getSingleMetric(lag)).toBe(other?.registry.getSingleMetric(lag));
    one?.close();
    expect(other?.registry.getSingleMetric('lifecycle_live')).toBeDefined();
    other?.close();
  });

  it('read counters only when somebody asks', async () => {
    await using container = new ServiceContainer().add(Store);
    const { lifecycle } = container;
    let reads = 0;
    const { registry } = await lifecycleMetrics(lifecycle, { registry: new Registry() });
    const { health } = lifecycle;
    lifecycle.health = () => {
      reads++;
      return health.call(lifecycle);
    };
    await container.startAll();
    await lifecycle.tasks.get('Store.flush').trigger();
    expect(reads).toBe(0);
    await registry.metrics();
    expect(reads).toBe(3);
  });
});
