import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../support/compile.ts';

const BLOCK = /^```ts\n(.*?)^```$/gms;

/** The TypeScript blocks of a page as modules, each line at the number it has on the page. */
function blocks(page: string, text: string): [name: string, code: string][] {
  return [...text.matchAll(BLOCK)].map(({ 1: code = '', index }) => {
    const above = text.slice(0, index).split('\n').length;
    return [`${page}.${above}.ts`, '\n'.repeat(above) + code];
  });
}

function pages(): string[] {
  const docs = existsSync('docs') ? readdirSync('docs').filter((name) => name.endsWith('.md')) : [];
  return ['README.md', ...docs.map((name) => `docs/${name}`)];
}

function faults(modules: ReadonlyMap<string, string>): string[] {
  return compile(modules).map(
    ({ file, line, code, message }) => `${file.replace(/\.\d+\.ts$/, '')}:${line}: ${code}: ${message}`,
  );
}

describe('the code in the documentation', { timeout: 180_000 }, () => {
  it('is in README.md', () => {
    expect(blocks('README.md', readFileSync('README.md', 'utf8'))).not.toEqual([]);
  });

  it('compiles, each block a module of its own', () => {
    expect(faults(new Map(pages().flatMap((page) => blocks(page, readFileSync(page, 'utf8')))))).toEqual([]);
  });

  it('is reported by page and line where it does not compile', () => {
    const page = 'Text.\n\n```sh\nnpm test\n```\n\n```ts\nconst a = 1;\nconst b: string = a;\n```\n';
    expect(faults(new Map(blocks('docs/page.md', page)))).toEqual([
      "docs/page.md:9: TS2322: Type 'number' is not assignable to type 'string'.",
    ]);
  });
});
