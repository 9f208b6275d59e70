import { Agent, type RequestOptions, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process behind the balancer: where it serves, and where it is asked whether it is ready. */
export interface Upstream {
  readonly port: number;
  readonly probes: number;
}

/** How often each is asked, in milliseconds. */
const PROBED_EVERY = 100;

/** Whoever has not answered by then is not ready, in milliseconds. */
const PROBE_TIMEOUT = 1_000;

/** Connections that are idle for longer are not used again, in milliseconds; the servers keep them for a second. */
const KEPT_FOR = 500;

/** A client that sends requests to those who say that they are ready, and to nobody else; it tries none of them again. */
export class Balancer {
  readonly counts = { answered: 0, failed: 0 };
  /** The longest that an answer of `/ready` was relied on, in milliseconds: how late it may be noticed that somebody stops. */
  slowestNotice = 0;
  /** What went wrong, as it was told. */
  readonly faults: string[] = [];
  readonly #members: readonly { readonly upstream: Upstream; readonly agent: Agent; isReady: boolean }[];
  readonly #probing: Promise<unknown>;
  readonly #clients: Promise<void>[] = [];
  #isOpen = true;
  #next = 0;

  constructor(upstreams: readonly Upstream[]) {
    this.#members = upstreams.map((upstream) => ({
      upstream,
      agent: new Agent({ keepAlive: true, timeout: KEPT_FOR }),
      isReady: false,
    }));
    this.#probing = Promise.all(this.#members.map((member) => this.#probe(member)));
  }

  /** Keeps so many requests in flight from now on, until it is closed. */
  load(inFlight: number): void {
    for (let count = 0; count < inFlight; count++) this.#clients.push(this.#client());
  }

  /** Fulfils when so many are ready. */
  async ready(count: number): Promise<void> {
    while (this.#members.filter(({ isReady }) => isReady).length < count) await sleep(PROBED_EVERY);
  }

  /** Awaits the requests that are in flight: to cut them off would be the client's failure. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all([this.#probing, ...this.#clients]);
    for (const { agent } of this.#members) agent.destroy();
  }

  async #client(): Promise<void> {
    while (this.#isOpen) {
      const ready = this.#members.filter(({ isReady }) => isReady);
      const member = ready[this.#next++ % ready.length];
      if (member === undefined) await sleep(PROBED_EVERY);
      else await this.#send(member);
    }
  }

  async #send({ upstream, agent }: { readonly upstream: Upstream; readonly agent: Agent }): Promise<void> {
    try {
      const { status, text } = await get(upstream.port, '/', { agent });
      if (status !== 200 || text !== 'hello\n') throw new Error(`${status} ${text}`);
      this.counts.answered++;
    } catch (error) {
      this.counts.failed++;
      this.faults.push(String(error));
    }
  }

  async #probe(member: { readonly upstream: Upstream; isReady: boolean }): Promise<void> {
    let asked = performance.now();
    while (this.#isOpen) {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT);
      const answer = await get(member.upstream.probes, '/ready', { signal }).catch(() => undefined);
      const now = performance.now();
      if (member.isReady) this.slowestNotice = Math.max(this.slowestNotice, Math.round(now - asked));
      asked = now;
      member.isReady = answer?.status === 200;
      await sleep(PROBED_EVERY);
    }
  }
}

function get(
  port: number,
  path: string,
  options: RequestOptions,
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, path, host: '127.0.0.1', ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    sent.on('error', reject).end();
  });
}
