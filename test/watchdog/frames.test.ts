import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { frameReader } from '../../src/watchdog/frames.ts';

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { ofText, ofSamples, isWithin } = frameReader(['/package/src/']);

function text(...lines: string[]): string {
  return ['Error', ...lines.map((line) => `    at ${line}`)].join('\n');
}

function node(functionName: string, url: string, lineNumber = 0, ticks: { line: number; ticks: number }[] = []) {
  return { id: 1, callFrame: { functionName, url, lineNumber, columnNumber: 4 }, positionTicks: ticks };
}

describe('the frames of a stack', () => {
  it('are told with their names and places, whatever the form', () => {
    const stack = text(
      'run (/app/jobs.js:10:5)',
      'async Jobs.run [as last] (file:///app/jobs.mjs:2:1)',
      'new Jobs (/app/jobs.js:1:2)',
      '/app/main.js:3:4',
    );
    expect(ofText(stack)).toEqual([
      { name: 'run', place: '/app/jobs.js:10:5' },
      { name: 'Jobs.run [as last]', place: '/app/jobs.mjs:2:1' },
      { name: 'new Jobs', place: '/app/jobs.js:1:2' },
      { name: '', place: '/app/main.js:3:4' },
    ]);
  });

  it('tell of native code that the user has called, and not of what Node or the package has called', () => {
    const stack = text(
      'Array.map (<anonymous>)',
      'Array.map (<anonymous>)',
      'settle (/package/src/runs.ts:1:1)',
      'Performance.hasOwnProperty (<anonymous>)',
      'Performance.now (node:internal/perf/performance:141:7)',
      'compare (/app/sort.js:1:1)',
      'Array.sort (<anonymous>)',
      'sorted (/app/sort.js:2:2)',
    );
    expect(ofText(stack)).toEqual([
      { name: 'compare', place: '/app/sort.js:1:1' },
      { name: 'Array.sort', place: 'native' },
      { name: 'sorted', place: '/app/sort.js:2:2' },
    ]);
  });

  it('leave out the package, and what has no place', () => {
    expect(ofText(text('settle (/package/src/runs.ts:1:1)', '<anonymous>', 'eval code'))).toEqual([
      { name: '', place: 'native' },
    ]);
    expect(ofText('')).toEqual([]);
  });

  it('are those of a sample: the line that runs, and where its callers begin', () => {
    const ticks = [
      { line: 12, ticks: 1 },
      { line: 14, ticks: 5 },
    ];
    const callers = [
      node('emit', 'node:events', 1),
      node('outer', '/app/jobs.js', 29, ticks),
      node('settle', 'file:///package/src/runs.ts', 1),
      node('(root)', ''),
    ];
    const inner = node('inner', 'file:///app/jobs.js', 9, ticks);
    const outer = { name: 'outer', place: '/app/jobs.js:30:5' };
    expect(ofSamples({ nodes: [inner, ...callers], count: 6 })).toEqual([
      { name: 'inner', place: '/app/jobs.js:14:1' },
      outer,
    ]);
    expect(ofSamples({ nodes: [node('parse', ''), ...callers], count: 6 })).toEqual([outer]);
  });

  it('are of the line of the source that runs, and not of the one before it', () => {
    const file = join(folder, 'indented.js');
    // Its second line begins with a tab, to which nothing of the source belongs.
    const map = { version: 3, sources: ['indented.ts'], names: [], mappings: 'AAAA,mBAAmB;CACjB' };
    const inline = Buffer.from(JSON.stringify(map)).toString('base64');
    const code = `function inner() {\n\treturn parse();\n}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`;
    writeFileSync(file, code);
    const nodes = [node('inner', file, 0, [{ line: 2, ticks: 5 }])];
    expect(ofSamples({ nodes, count: 5 })).toEqual([
      { name: 'inner', place: expect.stringMatching(/indented\.ts:2:\d+$/) },
    ]);
  });

  it('have no line that may have run before', () => {
    const ticks = [
      { line: 12, ticks: 50 },
      { line: 14, ticks: 5 },
    ];
    const inner = node('inner', '/app/jobs.js', 9, ticks);
    expect(ofSamples({ nodes: [inner], count: 5 })).toEqual([{ name: 'inner', place: '/app/jobs.js:10:5' }]);
    expect(ofSamples({ nodes: [inner], count: 6 })).toEqual([{ name: 'inner', place: '/app/jobs.js:12:1' }]);
  });

  it('tell a stack that was taken in the midst of what was sampled from one of later', () => {
    const frame = (name: string, line: number, file = 'jobs.js') => ({ name, place: `/app/${file}:${line}:1` });
    const native = { name: 'Array.forEach', place: 'native' };
    const sampled = [frame('run', 1), frame('', 20), frame('value', 30)];
    const callers = [native, frame('Timeout._onTimeout', 22), frame('get Jobs.value [as value]', 33)];
    expect(isWithin([frame('Jobs.run', 5), ...callers], sampled)).toBe(true);
    expect(isWithin([frame('parse', 9), frame('Jobs.run', 5), ...callers, frame('async main', 1)], sampled)).toBe(true);
    expect(isWithin([frame('Jobs.save', 5), ...callers], sampled)).toBe(false);
    expect(isWithin([frame('Jobs.run', 5, 'others.js'), ...callers], sampled)).toBe(false);
    expect(isWithin(callers, sampled)).toBe(false);
    expect(isWithin([], sampled)).toBe(false);
  });

  it('are those of the source where there is a map, beside the file or in it', () => {
    const map = JSON.stringify({ version: 3, sources: ['jobs.ts'], names: [], mappings: 'AAEE' });
    const inline = `data:application/json;base64,${Buffer.from(map).toString('base64')}`;
    for (const [name, address] of Object.entries({ 'beside.js': 'beside.js.map', 'inline.js': inline })) {
      writeFileSync(join(folder, name), `run();\n//# sourceMappingURL=${address}\n`);
    }
    writeFileSync(join(folder, 'beside.js.map'), map);
    for (const name of ['beside.js', 'inline.js']) {
      const place = `${join(folder, 'jobs.ts')}:3:3`;
      expect(ofText(text(`run (${join(folder, name)}:1:1)`))).toEqual([{ name: 'run', place }]);
      expect(ofText(text(`run (${pathToFileURL(join(folder, name))}:1:1)`))).toEqual([{ name: 'run', place }]);
    }
  });

  it('are those of the file where its map cannot be read', () => {
    const file = join(folder, 'broken.js');
    writeFileSync(file, 'run();\n//# sourceMappingURL=nowhere.map\n');
    expect(ofText(text(`run (${file}:1:1)`))).toEqual([{ name: 'run', place: `${file}:1:1` }]);
  });
});
