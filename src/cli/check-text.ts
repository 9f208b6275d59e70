import type { Graph } from '../graph/graph.ts';
import type { GraphIssue } from '../graph/model.ts';

/** What `check` prints: every error and warning, and how many there are. */
export function checkText({ nodes, errors, warnings }: Graph): string {
  const services = nodes.filter(({ kind }) => kind === 'service').length;
  const found = [
    ...errors.map((issue) => lineOf('error', issue)),
    ...warnings.map((issue) => lineOf('warning', issue)),
  ];
  const total = `${counted(services, 'service')}, ${counted(errors.length, 'error')}, ${counted(warnings.length, 'warning')}`;
  return `${[...found, total].join('\n')}\n`;
}

function lineOf(gravity: string, { code, message }: GraphIssue): string {
  return `${gravity} ${code}: ${message.replaceAll('\n', '\n  ')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
