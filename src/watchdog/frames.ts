/**
 * Reads stacks: those that V8 writes as text, and those of profiles. It is part of the watchdog's thread, and handed over as
 * text (see `watch-thread.ts`): nothing in `frameReader` may refer to anything outside of it but types.
 */

import type { SourceMap } from 'node:module';
import type { PositionTicks, SampledStack } from './main-thread.ts';

/** A place in the sources, in which a function was when the stack was taken. */
export interface Frame {
  /** Of the function; `''` where it has none. */
  readonly name: string;
  /** `/app/src/jobs.ts:10:5`, or `native`. */
  readonly place: string;
}

/** Without what is Node's, and what is the package's own. */
export interface FrameReader {
  /** Of the text that an Error has. */
  ofText(stack: string): Frame[];
  ofSamples(stack: SampledStack): Frame[];
  /** Whether a stack that was written is the one that was sampled, or was taken in what that has called. */
  isWithin(written: readonly Frame[], sampled: readonly Frame[]): boolean;
}

/** @param own files below these folders are the package's */
export function frameReader(own: readonly string[]): FrameReader {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { SourceMap } = process.getBuiltinModule('node:module');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const LINE_END = Number.MAX_SAFE_INTEGER;
  const maps = new Map<string, SourceMap | undefined>();

  return { ofText, ofSamples, isWithin };

  function ofText(stack: string): Frame[] {
    const frames: Frame[] = [];
    for (const line of stack.split('\n').slice(1)) {
      const match = /^\s*at (?:(?:async )?(.*?) \()?([^()]*?)(?::(\d+):(\d+))?\)?$/.exec(line);
      if (match === null) continue;
      const [, name = '', file = '', row, column] = match;
      if (file === '<anonymous>' || row === undefined) {
        if (name !== '' || file !== '<anonymous>') frames.push({ name, place: 'native' });
        continue;
      }
      const frame = { name, place: original(file, Number(row) - 1, Number(column) - 1) };
      if (!file.startsWith('node:') && isForeign(frame)) frames.push(frame);
      // What Node and the package call is their own affair.
      else while (frames.at(-1)?.place === 'native') frames.pop();
    }
    return frames;
  }

  /** Lines are those where the functions begin, but for the one that runs. */
  function ofSamples({ nodes, count }: SampledStack): Frame[] {
    const frames: Frame[] = [];
    nodes.forEach(({ callFrame, positionTicks = [] }, index) => {
      const { functionName: name, url, lineNumber, columnNumber } = callFrame;
      if (url === '' || url.startsWith('node:')) return;
      const line = index === 0 ? lineThatRuns(positionTicks, count) : undefined;
      // Where a function has one line, its begin says more.
      const isElsewhere = line !== undefined && line - 1 !== lineNumber;
      frames.push({ name, place: isElsewhere ? original(url, line - 1) : original(url, lineNumber, columnNumber) });
    });
    return frames.filter(isForeign);
  }

  /** A profile counts the samples of each line from its very begin, not those of the block alone: a line has to have more than others can have had before. */
  function lineThatRuns(lines: readonly PositionTicks[], count: number): number | undefined {
    const all = lines.reduce((sum, { ticks }) => sum + ticks, 0);
    const [most] = [...lines].sort((one, other) => other.ticks - one.ticks);
    return most !== undefined && most.ticks > all - count ? most.line : undefined;
  }

  function isWithin(written: readonly Frame[], sampled: readonly Frame[]): boolean {
    const own = written.filter(({ place }) => place !== 'native');
    return own.some((_, from) => sampled.every((frame, index) => isSameFunction(own[from + index], frame)));
  }

  /** V8 writes `Jobs.run` and `Timeout._onTimeout` in a stack, and `run` and nothing in a profile. */
  function isSameFunction(written: Frame | undefined, sampled: Frame): boolean {
    if (written === undefined || fileOf(written) !== fileOf(sampled)) return false;
    return sampled.name === '' || lastPart(written.name) === lastPart(sampled.name);
  }

  function fileOf({ place }: Frame): string {
    return place.replace(/:\d+:\d+$/, '');
  }

  function lastPart(name: string): string | undefined {
    return name
      .replace(/ \[as .*\]$/, '')
      .split(/[. ]/)
      .at(-1);
  }

  function isForeign({ place }: Frame): boolean {
    return !own.some((folder) => place.startsWith(folder));
  }

  /** @param row counted from 0, as the column; where there is none, the line as a whole, which an entry at its end is sure to be of */
  function original(file: string, row: number, column?: number): string {
    const entry = mapOf(file)?.findEntry(row, column ?? LINE_END);
    if (entry === undefined || !('originalSource' in entry)) return `${pathOf(file)}:${row + 1}:${(column ?? 0) + 1}`;
    return `${pathOf(new URL(entry.originalSource, pathUrl(file)).href)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }

  function pathUrl(file: string): string {
    return file.startsWith('file:') ? file : `file://${file}`;
  }

  function pathOf(file: string): string {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  }

  /** The map of a file that was compiled, by the comment at its end. */
  function mapOf(file: string): SourceMap | undefined {
    if (!maps.has(file)) maps.set(file, readMap(file));
    return maps.get(file);
  }

  function readMap(file: string): SourceMap | undefined {
    try {
      const address = [...readFileSync(pathOf(file), 'utf8').matchAll(/^\/\/# sourceMappingURL=(\S+)/gm)].pop()?.[1];
      if (address === undefined) return undefined;
      const data = /^data:[^,]*;base64,(.*)$/.exec(address)?.[1];
      const text =
        data === undefined
          ? readFileSync(new URL(address, pathUrl(file)), 'utf8')
          : Buffer.from(data, 'base64').toString();
      return new SourceMap(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}
