import { existsSync, readFileSync } from 'node:fs';

const NAME = 'inversify-lifecycle';

/** The folder of the package that this file is in, wherever the build has put it, and its version. */
export function packageRoot(): { readonly folder: URL; readonly version: string } {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    const { name, version } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    if (name === NAME) return { folder, version };
    if (folder.pathname === '/') return { folder, version: 'unknown' };
  }
}
