import { LifecycleError, messageOf } from '../errors.ts';

/** What an error becomes in a line: pino's own form of it. */
export interface ErrorField {
  readonly type: string;
  /** With those of its causes. */
  readonly message: string;
  /** The same; empty where the log has it already, and then `message` is the error's alone. */
  readonly stack: string;
}

/** Errors among the fields of a line, under whatever name, as what JSON can say of them. */
export class ErrorFields {
  readonly #serialise: (error: Error) => ErrorField;
  /** Those whose stack is in the log; undefined where each line is to have its own. */
  readonly #told: WeakSet<Error> | undefined;

  /**
   * @param serialise pino's own
   * @param once whether a stack is written once: a crash is told of where it happens, where it is decided on, and at the end
   */
  constructor(serialise: (error: Error) => ErrorField, once: boolean) {
    this.#serialise = serialise;
    this.#told = once ? new WeakSet() : undefined;
  }

  /** Never throws. */
  of(value: unknown): unknown {
    try {
      return this.#fieldOf(value);
    } catch {
      // It, or what caused it, throws itself when it is looked at.
      return { type: 'Error', message: messageOf(value), stack: '' };
    }
  }

  #fieldOf(value: unknown): unknown {
    // What only looks like an error pino knows too.
    const field = this.#serialise(value as Error);
    return this.#told !== undefined && value instanceof Error ? this.#once(value, field, this.#told) : field;
  }

  #once(error: Error, field: ErrorField, told: WeakSet<Error>): ErrorField {
    const chain = chainOf(error);
    const known = chain.find((each) => told.has(each));
    const own = known === undefined ? chain : chain.slice(0, chain.indexOf(known));
    for (const each of chain) told.add(each);
    // The package's own errors say what became of an error, and nothing more about it.
    const isTold = known !== undefined && own.every((each) => each instanceof LifecycleError);
    if (isTold) return { ...field, message: error.message, stack: '' };
    const stack = known === undefined ? field.stack : [...own.map((each) => each.stack), known].join('\ncaused by: ');
    return { ...field, stack: `${stack}${own.map((each) => this.#gatheredBy(each)).join('')}` };
  }

  /** The stacks of the errors that one has gathered. */
  #gatheredBy(error: Error): string {
    const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
    return errors.map((each) => `\none of its errors: ${textOf(this.of(each))}`).join('');
  }

  /** All but `err`, which pino itself asks for. */
  within(fields: Record<string, unknown>): Record<string, unknown> {
    const isPlain = Object.entries(fields).every(([name, value]) => name === 'err' || !(value instanceof Error));
    if (isPlain) return fields;
    return Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, name === 'err' ? value : this.of(value)]),
    );
  }
}

/** An error and what caused it, each once. */
function chainOf(error: Error): readonly Error[] {
  const chain = new Set<Error>();
  for (let at: unknown = error; at instanceof Error && !chain.has(at); at = at.cause) chain.add(at);
  return [...chain];
}

function textOf(value: unknown): string {
  if (!isErrorField(value)) return messageOf(value);
  return value.stack === '' ? `${value.type}: ${value.message}` : value.stack;
}

/** Whether a field of a line was an error. */
export function isErrorField(value: unknown): value is ErrorField {
  if (typeof value !== 'object' || value === null) return false;
  const { type, message, stack } = value as Record<string, unknown>;
  return typeof type === 'string' && typeof message === 'string' && typeof stack === 'string';
}
