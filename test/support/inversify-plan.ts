import type { Container } from 'inversify';
import { contextOf } from './plugin-context.ts';

/** The edges `from -> to` (binding ids) of all plans Inversify makes for a container, aliases collapsed. */
export class PlannedEdges {
  readonly edges = new Set<string>();
  readonly #seen = new Set<object>();

  constructor(containers: readonly Container[]) {
    for (const container of containers) contextOf(container, (plan) => this.#read(plan));
  }

  #read(plan: unknown): void {
    const open = targets(at(at(plan, 'tree'), 'root'));
    for (const node of open) {
      if (this.#seen.has(node)) continue;
      this.#seen.add(node);
      for (const target of children(node).flatMap(targets)) {
        this.edges.add(`${bindingId(node)} -> ${bindingId(target)}`);
        open.push(target);
      }
    }
  }
}

/** The requests below a binding node: `constructorParams` and `propertyParams` of a class, `params` of a resolved value. */
function children(node: object): unknown[] {
  const properties = at(node, 'propertyParams');
  return [
    ...list(at(node, 'constructorParams')),
    ...(properties instanceof Map ? properties.values() : []),
    ...list(at(node, 'params')),
  ];
}

/**
 * The binding nodes that answer a request. It has `bindings`, one or many, except where nothing is injected. An alias
 * among them has one `redirection`, a request (8), or `redirections`, binding nodes (7).
 */
function targets(request: unknown): object[] {
  return list(at(request, 'bindings')).flatMap(leaves);
}

function leaves(node: unknown): object[] {
  const redirection = at(node, 'redirection');
  if (redirection !== undefined) return targets(redirection);
  const redirections = at(node, 'redirections');
  if (redirections !== undefined) return list(redirections).flatMap(leaves);
  return typeof node === 'object' && node !== null ? [node] : [];
}

function bindingId(node: object): unknown {
  return at(at(node, 'binding'), 'id');
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
