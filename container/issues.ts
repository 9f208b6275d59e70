/** The faults of a graph in words: who needs what, and the code that mends it. */

import { suggestion } from '../src/did-you-mean.ts';
import type { GraphIssue, GraphIssueCode } from '../src/graph/model.ts';
import type { ServiceSpec } from '../src/spec.ts';
import { type BindingProblem, problemText } from './binding-graph.ts';
import { type Identifier, identifierText, type ScopeLike } from './inversify.ts';

/** A request that the container could not answer. */
export function issueOfProblem(problem: BindingProblem, label: string): GraphIssue {
  const { code, mend } = PROBLEMS[problem.kind];
  return { code, message: `${problemText({ ...problem, label })}${mend(problem.identifier)}`, nodes: [label] };
}

const PROBLEMS: Readonly<
  Record<BindingProblem['kind'], { readonly code: GraphIssueCode; readonly mend: (identifier: Identifier) => string }>
> = {
  missing: {
    code: 'MISSING',
    mend: (identifier) => `; write ${bindText(identifier)}, or @optional() where it can do without`,
  },
  ambiguous: {
    code: 'AMBIGUOUS',
    mend: () =>
      '; name them with whenNamed() and ask with @named(), ask for all with @multiInject(), or unbind all but one',
  },
  'redirection cycle': { code: 'CYCLE', mend: () => '; let one of them lead to a class or a value' },
  'invalid metadata': { code: 'INVALID_METADATA', mend: () => '' },
};

/** Hooks or tasks on something of which there is no one instance. */
export function unmanagedScope(label: string, { hooks, tasks }: ServiceSpec, scope: ScopeLike): GraphIssue {
  const parts = [
    hooks.size > 0 ? `hooks (${[...hooks].join(', ')})` : '',
    tasks.length > 0 ? `tasks (${tasks.map(({ name }) => name).join(', ')})` : '',
  ];
  const has = parts.filter(Boolean).join(' and ');
  const message =
    `${label} ${has === '' ? 'is a Service' : `has ${has}`} but is bound in ${scope.toLowerCase()} scope, so there is no one instance to start; ` +
    "write @injectable('Singleton') on the class, .inSingletonScope() at the binding, or new Container({ defaultScope: 'Singleton' }); " +
    `if ${hooks.size > 0 ? 'they are no hooks' : 'nothing of it is to run'}, write @Managed(false)`;
  return { code: 'UNMANAGED_SCOPE', message, nodes: [label] };
}

/** A singleton that keeps what was made for the first request. */
export function requestCaptured(label: string, captured: string): GraphIssue {
  const message = `${label} is a singleton and keeps the ${captured} of the first request for ever; inject a factory of it, or bind ${captured} in singleton or transient scope`;
  return { code: 'REQUEST_CAPTURED', message, nodes: [label, captured] };
}

/** A parent's service that nobody starts. */
export function parentWithoutPlugin(label: string): GraphIssue {
  const message = `${label} has hooks and is bound in a parent container that has no lifecycle, so nobody starts it; write parent.register(LifecyclePlugin)`;
  return { code: 'PARENT_WITHOUT_PLUGIN', message, nodes: [label] };
}

/** A service that wants to be supervised with others that there are not. */
export function unknownGroup(label: string, group: string, groups: readonly string[]): GraphIssue {
  const hint = suggestion(group, groups, 'There are no groups.');
  const message = `${label} is @Supervised in group '${group}', which does not exist. ${hint} Write new ServiceContainer({ lifecycle: { supervision: { groups: { ${group}: {} } } } })`;
  return { code: 'INVALID_METADATA', message, nodes: [label] };
}

/** An object that holds one whose binding is gone. */
export function staleDependency(label: string, dependency: string): GraphIssue {
  const message = `${label} was made before the present ${dependency} was bound and keeps the former one; bind ${label} anew as well, so that it is made with the new one`;
  return { code: 'STALE_DEPENDENCY', message, nodes: [label, dependency] };
}

/** An object whose life is over. */
export function disposedService(label: string): GraphIssue {
  const message = `${label} was disposed of when it stopped, and a disposed object cannot start again; give its class onStart and onStop, or unbind and bind it anew`;
  return { code: 'DISPOSED', message, nodes: [label] };
}

/** The plugin's `dependsOn` option names something that is not there. */
export function invalidDependsOn(service: string, message: string): GraphIssue {
  return { code: 'INVALID_REF', message: `dependsOn of ${service}: ${message}`, nodes: [service] };
}

/** The code that binds it. */
export function bindText(identifier: Identifier): string {
  const text = identifierText(identifier);
  return typeof identifier === 'function'
    ? `container.bind(${text}).toSelf()`
    : `container.bind(${quoted(identifier)}).to(...)`;
}

function quoted(identifier: Identifier): string {
  return typeof identifier === 'string' ? `'${identifier}'` : identifierText(identifier);
}
