import { describe, expect, it } from 'vitest';
import { compile } from '../support/compile.ts';

const TC39 = { experimentalDecorators: false, emitDecoratorMetadata: false };

/** The complaints about the body of a class. */
function complaints(body: string): string[] {
  const text = `import { Background, Crontab, Timer, TransitionsTo, type TaskContext } from '../../container/index.ts';
export class Job {
  readonly every = '1s';
${body}
}
`;
  return compile(new Map([['test/types/tc39.ts', text]]), TC39).map(({ code, line }) => `${code}:${line}`);
}

describe('the types of TC39 decorators', { timeout: 60_000 }, () => {
  it('take methods that fit, private ones too', () => {
    expect(
      complaints(`
  @Timer('1s') plain() {}
  @Timer((self: Job) => self.every) async computed({ signal }: TaskContext) { return signal.aborted; }
  @Crontab('@daily') report(context: { readonly run: number }) { return context; }
  @Background() async #loop() {}
  static { void Job; }
  use() { return this.#loop(); }`),
    ).toEqual([]);
  });

  it('refuse methods that need more, and what is no method', () => {
    expect(
      complaints(`
  @Timer('1s') more(context: TaskContext, other: number) { return [context, other]; }
  @Timer('1s') field = 1;
  @Timer('10') ten() {}`),
    ).toEqual(['TS1241:5', 'TS1240:6', 'TS2345:7']);
  });
});

describe('the types of @TransitionsTo as a TC39 decorator', { timeout: 60_000 }, () => {
  it('take methods that give a promise, whatever they are given, generic and private ones too', () => {
    expect(
      complaints(`
  @TransitionsTo('a') async plain() {}
  @TransitionsTo('a') async more(one: number, ...others: string[]) { return [one, others]; }
  @TransitionsTo('a') async generic<T>(value: T): Promise<T> { return value; }
  @TransitionsTo('a') @Timer('1s') async task({ signal }: TaskContext) { return signal.aborted; }
  @TransitionsTo('a') async #own() {}
  use() { return this.#own(); }`),
    ).toEqual([]);
  });

  it('refuse methods that give none, and what is no method', () => {
    expect(
      complaints(`
  @TransitionsTo('a') sync() { return 1; }
  @TransitionsTo('a') async *stream() { yield 1; }
  @TransitionsTo('a') field = async () => {};
  @TransitionsTo(5) async five() {}`),
    ).toEqual(['TS1241:5', 'TS1241:6', 'TS1240:7', 'TS2345:8']);
  });
});
