import { LifecycleError } from './errors.ts';

/**
 * Loads a package that few need and that is not installed with this one.
 *
 * @param wantedFor what cannot be done without it
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER when it is not there, with the command that installs it
 */
export async function optionalPeer<T>(name: string, wantedFor: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(name, error)) throw error;
    const message = `${wantedFor} needs the package ${name}, which is not installed; write npm install ${name}`;
    throw new LifecycleError('LIFECYCLE_MISSING_PEER', message, { package: name }, { cause: error });
  }
}

/** An error that comes from the thread of a loader, such as ts-node's, has lost its code. */
function isMissing(name: string, error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.message.startsWith(`Cannot find package '${name}'`)) return true;
  return 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(name);
}

export function isMissingPeer(error: unknown): error is LifecycleError {
  return error instanceof LifecycleError && error.code === 'LIFECYCLE_MISSING_PEER';
}
