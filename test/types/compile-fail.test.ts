import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compile } from '../support/compile.ts';

const FOLDER = 'test/types/fixtures/';
const FIRST_LINE = /^\/\/ (TS\d+): (.+)/;

/** What is wrong with texts that are to fail, each with exactly the error its first line promises. */
function brokenPromises(texts: ReadonlyMap<string, string>): string[] {
  const complaints = compile(texts);
  return [...texts].flatMap(([file, text]) => {
    const [, code, part] = FIRST_LINE.exec(text) ?? [];
    if (!code || !part) return [`${file}: the first line must read "// TSxxxx: part of the message"`];
    const own = complaints.filter((complaint) => complaint.file === file);
    const kept = own.filter((complaint) => complaint.code === code && complaint.message.includes(part));
    const other = own.filter((complaint) => !kept.includes(complaint));
    const missing = kept.length === 0 ? [`${file}: expected ${code}: ${part}`] : [];
    return [...missing, ...other.map(({ line, ...got }) => `${file}:${line}: got ${got.code}: ${got.message}`)];
  });
}

const inline = (text: string) => brokenPromises(new Map([[`${FOLDER}inline.ts`, text]]));

describe('code that must not compile', { timeout: 60_000 }, () => {
  it('is refused, each fixture with the one error its first line promises', () => {
    const names = readdirSync(FOLDER).map((name) => FOLDER + name);
    expect(names).not.toEqual([]);
    expect(brokenPromises(new Map(names.map((name) => [name, readFileSync(name, 'utf8')])))).toEqual([]);
  });

  it('is missed where a fixture compiles after all', () => {
    expect(inline("// TS2322: Type 'string'\nexport const n: number = 1;\n")).toEqual([
      `${FOLDER}inline.ts: expected TS2322: Type 'string'`,
    ]);
  });

  it('may have no error besides the promised one', () => {
    expect(inline("// TS2322: Type 'string'\nexport const n: number = 'one';\nexport const m = nowhere;\n")).toEqual([
      `${FOLDER}inline.ts:3: got TS2304: Cannot find name 'nowhere'.`,
    ]);
  });

  it('must say on its first line what it expects', () => {
    expect(inline('export const n: number = 1;\n')).toEqual([
      `${FOLDER}inline.ts: the first line must read "// TSxxxx: part of the message"`,
    ]);
  });
});
