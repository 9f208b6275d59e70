/** The part of the graph where what is injected depends on who asks: `whenParentIs`, `whenAnyAncestorIs` and the like. */

import type { NodeDraft } from './binding-graph.ts';
import type { BindingWalk } from './binding-walk.ts';
import { RequestPath } from './request.ts';
import type { SelectedBinding } from './selection.ts';

/**
 * Predicates over whole paths make the number of paths to look at exponential in bad cases (a ladder of diamonds).
 * After so many steps each node is walked under one more path and no further ones: some edges may be missing then.
 */
const STEP_LIMIT = 200_000;

interface Frame {
  readonly draft: NodeDraft;
  readonly path: RequestPath;
  readonly selected: readonly SelectedBinding[];
  next: number;
  /** The smallest depth that predicates of it and below it looked at. */
  reach: number;
}

/**
 * Walks depth first from the roots, with the path of requests in hand. A sub-graph whose predicates looked no higher
 * than the request that led to it is walked once for that request; most look at nothing and were settled before.
 */
export class AncestorWalk {
  readonly #walk: BindingWalk;
  /** Nodes that lead to nothing undecided. */
  readonly #settled: ReadonlySet<NodeDraft>;
  readonly #done = new Set<NodeDraft>();
  readonly #doneFor = new Set<string>();
  readonly #keys = new Map<unknown, number>();
  readonly #stack: Frame[] = [];
  readonly #onPath = new Set<NodeDraft>();
  #steps = 0;

  constructor(walk: BindingWalk) {
    this.#walk = walk;
    this.#settled = settledOf(walk);
  }

  /** Adds to the walk every dependency and problem that exists under some path from the roots. */
  run(roots: readonly SelectedBinding[]): void {
    for (const root of roots) {
      this.#enter(root);
      for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
        const next = frame.selected[frame.next++];
        if (next === undefined) this.#leave(frame);
        else this.#enter(next);
      }
    }
  }

  #enter({ binding, path }: SelectedBinding): void {
    const draft = this.#walk.node(binding);
    this.#walk.settle();
    if (this.#settled.has(draft) || this.#done.has(draft) || this.#onPath.has(draft)) return;
    if (this.#doneFor.size > 0 && this.#doneFor.has(this.#requestKey(draft, path))) return;
    this.#steps++;
    this.#onPath.add(draft);
    this.#stack.push(this.#frame(draft, path));
  }

  #frame(draft: NodeDraft, path: RequestPath): Frame {
    const { selection } = this.#walk;
    const selected: SelectedBinding[] = [];
    selection.reach.take();
    for (const request of this.#walk.requestsOf(draft)) {
      const first = selected.length;
      try {
        const fault = selection.select(request, RequestPath.of(request, path, selection.reach), selected);
        if (fault !== undefined) this.#walk.report(draft, request, fault);
      } catch (error) {
        this.#walk.reportThrown(draft.binding, request.via, error);
      }
      for (let index = first; index < selected.length; index++) {
        const found = selected[index];
        if (found !== undefined) draft.addNeedOnce(this.#walk.node(found.binding), request);
      }
    }
    return { draft, path, selected, next: 0, reach: selection.reach.take() };
  }

  #leave({ draft, path, reach }: Frame): void {
    this.#stack.pop();
    this.#onPath.delete(draft);
    if (reach > path.depth || this.#steps > STEP_LIMIT) this.#done.add(draft);
    else if (reach === path.depth) this.#doneFor.add(this.#requestKey(draft, path));
    if (reach < path.depth) draft.contextual = true;
    const below = this.#stack.at(-1);
    if (below !== undefined) below.reach = Math.min(below.reach, reach);
  }

  /** A node and what its own request says: identifier, name and tags. */
  #requestKey(draft: NodeDraft, { serviceIdentifier, name, tags }: RequestPath): string {
    const parts = [draft.id, this.#key(serviceIdentifier), this.#key(name)];
    for (const [tag, value] of tags) parts.push(this.#key(tag), this.#key(value));
    return parts.join(' ');
  }

  #key(value: unknown): number {
    const key = this.#keys.get(value) ?? this.#keys.size;
    this.#keys.set(value, key);
    return key;
  }
}

/** All nodes but those from which an undecided one can be reached. */
function settledOf({ nodes, undecided }: BindingWalk): Set<NodeDraft> {
  const dependents = new Map<number, NodeDraft[]>();
  for (const draft of nodes.values()) {
    for (const { id } of draft.needs) {
      const known = dependents.get(id);
      if (known === undefined) dependents.set(id, [draft]);
      else known.push(draft);
    }
  }
  const unsettled = new Set(undecided);
  for (const draft of unsettled) for (const user of dependents.get(draft.id) ?? []) unsettled.add(user);
  return new Set([...nodes.values()].filter((draft) => !unsettled.has(draft)));
}
