import type { Container, ContainerModule } from 'inversify';

/* What is called differently in Inversify 7, where the short names are the asynchronous ones. */

type Call<A extends unknown[]> = (...args: A) => Promise<void>;

function method<A extends unknown[]>(container: Container, eight: string, seven: string): Call<A> {
  const methods = container as unknown as Record<string, Call<A>>;
  const chosen = methods[isSeven(container) ? seven : eight] as Call<A>;
  return async (...args) => chosen.apply(container, args);
}

export function isSeven(container: Container): boolean {
  return 'unbindSync' in container;
}

export const unbindAsync = (container: Container, identifier: never | unknown): Promise<void> =>
  method<[unknown]>(container, 'unbindAsync', 'unbind')(identifier);
export const unbindAllAsync = (container: Container): Promise<void> =>
  method<[]>(container, 'unbindAllAsync', 'unbindAll')();
export const unloadAsync = (container: Container, module: ContainerModule): Promise<void> =>
  method<[ContainerModule]>(container, 'unloadAsync', 'unload')(module);
export const loadAsync = (container: Container, module: ContainerModule): Promise<void> =>
  method<[ContainerModule]>(container, 'loadAsync', 'load')(module);

/** Calls the synchronous form; it throws synchronously. */
export function unbindSync(container: Container, identifier: unknown): void {
  const methods = container as unknown as Record<string, (identifier: unknown) => void>;
  methods[isSeven(container) ? 'unbindSync' : 'unbind']?.call(container, identifier);
}
