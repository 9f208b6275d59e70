import type * as Prometheus from 'prom-client';

type Client = typeof Prometheus;

/** What is put into a registry, and is taken out of it again. */
export class MetricSet {
  readonly #client: Client;
  readonly #registry: Prometheus.Registry;
  readonly #names: string[] = [];

  constructor(client: Client, registry: Prometheus.Registry) {
    this.#client = client;
    this.#registry = registry;
  }

  /** @param collect says what is so now, whenever somebody asks */
  gauge(name: string, help: string, labelNames: readonly string[], collect: (to: Prometheus.Gauge) => void): void {
    const gauge: Prometheus.Gauge = new this.#client.Gauge({
      ...this.#named(name, help, labelNames),
      collect() {
        gauge.reset();
        collect(gauge);
      },
    });
  }

  /** @param collect adds up all of it, whenever somebody asks */
  counter(name: string, help: string, labelNames: readonly string[], collect: (to: Prometheus.Counter) => void): void {
    const counter: Prometheus.Counter = new this.#client.Counter({
      ...this.#named(name, help, labelNames),
      collect() {
        counter.reset();
        collect(counter);
      },
    });
  }

  /** @param buckets in seconds */
  histogram(name: string, help: string, labelName: string, buckets: number[]): Prometheus.Histogram {
    return new this.#client.Histogram({ ...this.#named(name, help, [labelName]), buckets });
  }

  remove(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name);
  }

  #named(name: string, help: string, labelNames: readonly string[]) {
    this.#names.push(name);
    return { name, help, labelNames: [...labelNames], registers: [this.#registry] };
  }
}
