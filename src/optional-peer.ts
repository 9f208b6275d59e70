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
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !error.message.includes(name)) throw error;
    const message = `${wantedFor} needs the package ${name}, which is not installed; write npm install ${name}`;
    throw new LifecycleError('LIFECYCLE_MISSING_PEER', message, { package: name }, { cause: error });
  }
}

export function isMissingPeer(error: unknown): error is LifecycleError {
  return error instanceof LifecycleError && error.code === 'LIFECYCLE_MISSING_PEER';
}
