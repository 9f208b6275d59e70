/** What a change of some vertices of the running graph reaches. No recursion over the depth of the graph. */

interface Dependency<V> {
  readonly dependents: Iterable<V>;
}

interface Dependent<V> {
  readonly dependencies: ReadonlySet<V>;
}

/** These units and all that depend on them, in no particular order. */
export function withDependents<V extends Dependency<V>>(units: Iterable<V>): Set<V> {
  const found = new Set(units);
  for (const unit of found) for (const dependent of unit.dependents) found.add(dependent);
  return found;
}

/** These units and all that cannot do without them: what is optional is not needed. */
export function withTheNeedy<V extends Dependency<V> & { readonly spec: { readonly optional: boolean } | undefined }>(
  units: Iterable<V>,
): Set<V> {
  const found = new Set(units);
  for (const { spec, dependents } of found) {
    if (spec?.optional !== true) for (const dependent of dependents) found.add(dependent);
  }
  return found;
}

/** These units and all that they cannot do without, of other hosts too: what is optional is not needed. */
export function withTheNeeded<V extends Dependent<V> & { readonly spec: { readonly optional: boolean } | undefined }>(
  units: Iterable<V>,
): Set<V> {
  const found = new Set(units);
  for (const { dependencies } of found) {
    for (const dependency of dependencies) if (dependency.spec?.optional !== true) found.add(dependency);
  }
  return found;
}

/** These units and all that they need of the same host, in no particular order. */
export function withDependencies<V extends Dependent<V> & { readonly host: unknown }>(units: Iterable<V>): Set<V> {
  const found = new Set(units);
  for (const unit of found) {
    for (const dependency of unit.dependencies) if (dependency.host === unit.host) found.add(dependency);
  }
  return found;
}

/** These units and all that lives within them. */
export function withChildren<V extends { readonly children: Iterable<V> }>(units: Iterable<V>): Set<V> {
  const found = new Set(units);
  for (const unit of found) for (const child of unit.children) found.add(child);
  return found;
}

/** Whether one unit needs another one, directly or through others. */
export function dependsOn<V extends Dependent<V>>(unit: V, other: V): boolean {
  const found = new Set([unit]);
  for (const next of found) {
    if (next.dependencies.has(other)) return true;
    for (const dependency of next.dependencies) found.add(dependency);
  }
  return false;
}
