import { type AddressInfo, connect, createServer } from 'node:net';
import { injectable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { Background, ServiceContainer, type ServiceContext, type TaskContext, Timer } from '../../container/index.ts';
import { LoopMeter } from '../../src/control/loop-meter.ts';

/** How long each has really been at work, in milliseconds. */
const burnt = new Map<string, number>();

function burn(who: string, ms: number): void {
  const began = performance.now();
  while (performance.now() < began + ms);
  burnt.set(who, (burnt.get(who) ?? 0) + performance.now() - began);
}

/** Its work is all within the call of its task. */
@injectable()
class Direct {
  @Timer('50ms')
  work(): void {
    burn('Direct', 15);
  }
}

/** Its work is in what follows an `await`, and in a callback of a timer of Node. */
@injectable()
class Later {
  @Background()
  async work({ signal, sleep }: TaskContext): Promise<void> {
    while (!signal.aborted) {
      await sleep(50);
      burn('Later', 3);
      setTimeout(() => burn('Later', 2), 5);
    }
  }
}

/** It is called by what it opened in its start. */
@injectable()
class Web {
  port = 0;

  async onStart({ defer }: ServiceContext): Promise<void> {
    const server = createServer((socket) => {
      socket.end();
      burn('Web', 20);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    defer(() => server.close());
  }
}

@injectable()
class Silent {
  onStart(): void {}
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the share of the event loop', () => {
  it('goes to the service whose hook or task the work goes back to, within a tenth', async () => {
    const container = new ServiceContainer().add(Direct, Later, Web, Silent);
    await container.startAll();
    const { port } = container.get(Web);
    const meter = new LoopMeter();
    const close = meter.start();
    try {
      await pause(20);
      meter.sample();
      burnt.clear();
      const began = performance.now();
      const requests = setInterval(() => connect(port, '127.0.0.1').resume(), 200);
      await pause(2_000);
      clearInterval(requests);
      const load = meter.sample();
      const elapsed = performance.now() - began;
      const shares = new Map(
        Array.from(container.lifecycle.runningGraph.units, (unit) => [unit.label, load.shareOf(unit)]),
      );
      for (const name of ['Direct', 'Later', 'Web']) {
        const real = (burnt.get(name) ?? 0) / elapsed;
        expect(real, name).toBeGreaterThan(0.02);
        // What it does besides burning is its own work too.
        expect(shares.get(name), name).toBeGreaterThan(real * 0.9);
        expect(shares.get(name), name).toBeLessThan(real * 1.1 + 0.02);
      }
      expect(shares.get('Silent')).toBe(0);
      const sum = [...shares.values()].reduce((all, share) => all + share, 0);
      expect(load.utilisation).toBeGreaterThan(sum * 0.9);
      expect(load.utilisation).toBeLessThanOrEqual(1);
    } finally {
      close();
      await container.stopAll();
    }
  });

  it('is measured of nothing once it is off', async () => {
    const container = new ServiceContainer().add(Direct);
    const meter = new LoopMeter();
    meter.start()();
    await container.startAll();
    await pause(120);
    const load = meter.sample();
    for (const unit of container.lifecycle.runningGraph.units) expect(load.shareOf(unit)).toBe(0);
    await container.stopAll();
  });
});
