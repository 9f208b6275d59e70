// Lets Node run the TypeScript of this repository: `node --import ./scripts/ts-node.mjs file.ts`.
import { register } from 'node:module';

register('ts-node/esm/transpile-only', import.meta.url);
register('./sources.mjs', import.meta.url); // registered last, asked first
