import { suggestion } from './did-you-mean.ts';
import { LifecycleError } from './errors.ts';

/** What names one node: an identifier, a class, an instance, or a label that is unique. */
export type Ref = string | symbol | object | (abstract new (...args: never[]) => unknown);

/** What a ref is held against. */
export interface RefTarget {
  readonly label: string;
  /** What it is bound as; several where aliases lead to it. */
  readonly identifiers: readonly unknown[];
  /** The class behind it. */
  readonly implementation: unknown;
  readonly instance: unknown;
}

/** No node, or more than one, goes by the ref. */
export class RefError extends LifecycleError {}

/**
 * The one target a ref names. Identifiers win over instances, classes and labels, in this order.
 *
 * @param what names the call in the error, e.g. `'restart()'`
 * @throws RefError with the candidates (and did-you-mean)
 */
export function resolveRef<T extends RefTarget>(ref: Ref, targets: Iterable<T>, what: string): T {
  const all = [...targets];
  const found =
    one(
      ref,
      what,
      all.filter((target) => target.identifiers.includes(ref)),
    ) ??
    one(
      ref,
      what,
      all.filter((target) => isObject(ref) && target.instance === ref),
    ) ??
    one(
      ref,
      what,
      all.filter((target) => isObject(ref) && target.implementation === ref),
    ) ??
    one(
      ref,
      what,
      all.filter((target) => target.label === ref),
    );
  if (found !== undefined) return found;
  const labels = all.map((target) => target.label);
  throw unknownRef(
    ref,
    `${what} expects an identifier, a class, an instance or a unique label of this container`,
    labels,
  );
}

/** @param expected what was expected, by whom: the beginning of the text */
export function unknownRef(ref: unknown, expected: string, labels: readonly string[]): RefError {
  const text = refText(ref);
  const message = `${expected}, got ${text}, which is none of them. ${suggestion(text, labels, NONE)}`;
  return new RefError('LIFECYCLE_UNKNOWN_REF', message, { ref, candidates: labels });
}

/** A ref as a person reads it. */
export function refText(ref: unknown): string {
  if (typeof ref === 'function') return ref.name || '(anonymous class)';
  if (typeof ref === 'object' && ref !== null) return `an instance of ${ref.constructor?.name ?? 'Object'}`;
  return String(ref);
}

function one<T extends RefTarget>(ref: Ref, what: string, found: readonly T[]): T | undefined {
  if (found.length < 2) return found[0];
  const labels = found.map((target) => target.label);
  throw new RefError(
    'LIFECYCLE_AMBIGUOUS_REF',
    `${what} got ${refText(ref)}, which names ${found.length} bindings: ${labels.join(', ')}. Name one by its label, e.g. '${labels[0]}'.`,
    { ref, candidates: labels },
  );
}

function isObject(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

const NONE =
  'Nothing has that name yet: nothing is bound, or startAll() was not called; services are known from the first start on.';
