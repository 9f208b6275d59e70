import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/errors.md', 'utf8');

/** The string literals of an exported union type. */
function literals(file: string, type: string): string[] {
  const union = new RegExp(`export type ${type} =([^;]+);`).exec(readFileSync(file, 'utf8'))?.[1] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map(([, literal = '']) => literal).sort();
}

/** The headings of a level that are codes. */
function headings(level: string): string[] {
  return [...page.matchAll(new RegExp(`^${level} ([A-Z_]+)$`, 'gm'))].map(([, code = '']) => code).sort();
}

describe('docs/errors.md', () => {
  it('has a section for each code of an error, and no other', () => {
    expect(headings('##')).toEqual(literals('src/errors.ts', 'ErrorCode'));
  });

  it('has a section for each fault of a graph, and no other', () => {
    expect(headings('###')).toEqual(literals('src/graph/model.ts', 'GraphIssueCode'));
  });
});

describe('README.md', () => {
  it('leads to every page of docs', () => {
    const readme = readFileSync('README.md', 'utf8');
    const pages = readdirSync('docs').filter((name) => name.endsWith('.md'));
    expect(pages.filter((name) => !readme.includes(`(docs/${name})`))).toEqual([]);
  });
});

describe('the links between the pages', () => {
  it('lead to files and headings that exist', () => {
    const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)];
    expect(pages.flatMap((name) => brokenLinks(name))).toEqual([]);
  });
});

function brokenLinks(name: string): string[] {
  const links = [...readFileSync(name, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(name, link))
    .map((link) => `${name}: ${link}`);
}

function leadsSomewhere(from: string, link: string): boolean {
  const { pathname, hash } = new URL(link, `file:///${from}`);
  try {
    const text = readFileSync(pathname.slice(1), 'utf8');
    return hash === '' || anchors(text).includes(hash.slice(1));
  } catch {
    return false;
  }
}

/** As GitHub names the headings of a page. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
