import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What is published, dist/ aside: that may not be built. */
function packed(): string[] {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [{ files }] = JSON.parse(listing) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
}

/** The files that the links of a page lead to. */
function linksOf(page: string): string[] {
  const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^(https?:|#)/.test(link))
    .map((link) => new URL(link, `file:///${page}`).pathname.slice(1));
}

describe('the package', { timeout: 60_000 }, () => {
  const files = packed();

  it('has what the links of its pages lead to', () => {
    const pages = files.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', 'docs/worker.md']));
    const links = pages.flatMap((page) => linksOf(page).map((link) => [page, link] as const));
    expect(links.filter(([, link]) => !files.includes(link))).toEqual([]);
  });

  it('has the examples, and nothing that running them leaves behind', () => {
    const examples = files.filter((path) => path.startsWith('examples/'));
    expect(examples).toContain('examples/01-hello/main.ts');
    expect(examples.filter((path) => !/\.(ts|json|txt)$/.test(path))).toEqual([]);
  });

  it('has nothing else of the repository', () => {
    const known = /^(docs|examples)\/|^(CHANGELOG|README)\.md$|^LICENSE$|^package\.json$/;
    expect(files.filter((path) => !known.test(path))).toEqual([]);
  });
});
