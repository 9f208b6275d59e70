import type { Lifecycle, Logger } from 'inversify-lifecycle';

/**
 * Lines as Mode writes them: `[2026-11-22 15:47:12,164: INFO]: [^--Webserver]: Serving on port 8000`. The dashes are the
 * depth of the service: how far it is, on the longest way, from the application.
 */
export class ModeLog implements Logger {
  readonly #service: string | undefined;
  readonly #depthOf: (service: string) => number;
  #lifecycle: Lifecycle | undefined;

  constructor(service?: string, depthOf?: (service: string) => number) {
    this.#service = service;
    this.#depthOf = depthOf ?? ((name) => this.#depth(name));
  }

  /** Writes a line for each step of the application and its services. */
  follow(lifecycle: Lifecycle): void {
    this.#lifecycle = lifecycle;
    lifecycle.on((event) => {
      switch (event.kind) {
        case 'app:starting':
          return this.info('Starting...');
        case 'app:stopping':
          return this.info('Stopping...');
        case 'app:stopped':
          return this.info('-Stopped!');
        case 'service:starting':
          return this.child({ service: event.service }).info('Starting...');
        case 'service:stopping':
          return this.child({ service: event.service }).info('Stopping...');
        case 'service:stopped':
          return this.child({ service: event.service }).info('-Stopped!');
      }
    });
  }

  child({ service }: { readonly service?: unknown }): ModeLog {
    return new ModeLog(typeof service === 'string' ? service : this.#service, this.#depthOf);
  }

  debug(): void {}

  info(...line: [message: string] | [fields: object, message: string]): void {
    console.log(this.#line('INFO', line));
  }

  warn(...line: [message: string] | [fields: object, message: string]): void {
    console.error(this.#line('WARNING', line));
  }

  error(...line: [message: string] | [fields: object, message: string]): void {
    console.error(this.#line('ERROR', line));
  }

  #line(level: string, line: readonly unknown[]): string {
    const who = this.#service === undefined ? 'Lifecycle' : '-'.repeat(this.#depthOf(this.#service)) + this.#service;
    return `[${timestamp(new Date())}: ${level}]: [^${who}]: ${line.at(-1)}`;
  }

  #depth(service: string): number {
    const { dependents = [] } = this.#lifecycle?.get(service) ?? {};
    return 1 + Math.max(0, ...dependents.map((name) => this.#depth(name)));
  }
}

/** Local time as Python's logging writes it. */
function timestamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${milliseconds}`;
}
