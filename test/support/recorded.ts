import { expect } from 'vitest';

/** What services did, in order: `>X` the start of X begins, `+X` it is done, `<X` its stop begins, `-X` it is done. */
export const diary: string[] = [];

/** A service that writes what it does into the diary, under its class's name or the one it is given. */
export class Recorded {
  readonly #name: string;

  constructor(name?: string) {
    this.#name = name ?? new.target.name;
  }

  async onStart(): Promise<void> {
    diary.push(`>${this.#name}`);
    await tick();
    diary.push(`+${this.#name}`);
  }

  async onStop(): Promise<void> {
    diary.push(`<${this.#name}`);
    await tick();
    diary.push(`-${this.#name}`);
  }
}

/** Lets everything go on that can, without any time passing. */
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Both lines are in the diary, in this order. */
export function before(first: string, second: string): void {
  expect(diary).toContain(first);
  expect(diary).toContain(second);
  expect(diary.indexOf(first), `${first} before ${second} in ${diary}`).toBeLessThan(diary.indexOf(second));
}

/** How often a line is in the diary. */
export function times(line: string): number {
  return diary.filter((each) => each === line).length;
}

/** What a promise rejects with. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  const nothing = Symbol('nothing');
  const thrown = await work.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (thrown === nothing) throw new Error('it fulfilled, and was to reject');
  expect(thrown).toBeInstanceOf(Error);
  return thrown as Error;
}

/** Waits for a line to be in the diary. */
export async function until(line: string): Promise<void> {
  for (let turns = 0; !diary.includes(line); turns++) {
    if (turns > 1_000) throw new Error(`${line} did not come; there is ${diary.join(', ')}`);
    await tick();
  }
}
