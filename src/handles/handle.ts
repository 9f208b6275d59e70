/** What keeps a process alive, as it is told. */

/** The service in whose code a handle was made, or this package itself. */
export interface HandleOwner {
  readonly service: string;
  /** The hook, or `task`; of the package the part of it. */
  readonly step: string;
}

/** One thing that keeps the process alive; a plain value. */
export interface HandleSnapshot {
  /** `server`, `timer`, `child process`. */
  readonly kind: string;
  /** What else can be told of it: an address, a delay, a pid and its command, a path. Empty where nothing can. */
  readonly about: string;
  /** Undefined where nobody looked on when it was made, or it was made outside of any service. */
  readonly owner: HandleOwner | undefined;
  /** Where it was made, a line for each frame; only with `trackHandles`. */
  readonly stack: readonly string[];
}

/** `server 127.0.0.1:8000, made by Api (onStart)`. */
export function handleText({ kind, about, owner }: HandleSnapshot): string {
  return `${about === '' ? kind : `${kind} ${about}`}, ${ownerText(owner)}`;
}

/** `made by Api (onStart)`. */
export function ownerText(owner: HandleOwner | undefined): string {
  if (owner === undefined) return 'of no known owner';
  return `made by ${owner.service} (${owner.step === 'task' ? 'a task' : owner.step})`;
}

/** A line for each, and the stack below it where there is one; those of one service together, those of nobody last. */
export function handleLines(handles: readonly HandleSnapshot[]): string[] {
  const services = [...new Set(handles.map(({ owner }) => owner?.service))];
  const ordered = [...services.filter((service) => service !== undefined), undefined].flatMap((service) =>
    handles.filter(({ owner }) => owner?.service === service),
  );
  return ordered.flatMap((handle) => [handleText(handle), ...handle.stack.map((frame) => `    ${frame}`)]);
}
