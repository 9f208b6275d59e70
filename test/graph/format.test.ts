import { describe, expect, it } from 'vitest';
import { formatOfFile, GRAPH_FORMATS, graphFormat, graphText } from '../../src/graph/format.ts';
import { picture } from './pictures.ts';

describe('the format of a graph', () => {
  it.each([
    ['graph.svg', 'svg'],
    ['out/graph.dot', 'dot'],
    ['graph.gv', 'dot'],
    ['graph.mmd', 'mmd'],
    ['graph.v2.mermaid', 'mmd'],
    ['graph.json', 'json'],
    ['graph.txt', 'text'],
  ])('is what the file %s asks for: %s', (file, format) => expect(formatOfFile(file)).toBe(format));

  it('that there is not is told of with those that there are', () => {
    expect(GRAPH_FORMATS).toEqual(['text', 'svg', 'dot', 'mmd', 'json']);
    expect(() => formatOfFile('graph.dto')).toThrow("graph.dto: there is no format 'dto'. Did you mean dot?");
    expect(() => graphFormat('picture', '--format')).toThrow(
      expect.objectContaining({
        message: "--format: there is no format 'picture'. Known: text, svg, dot, mmd, json.",
        data: { name: 'picture' },
      }),
    );
  });

  it('is what the graph is written in', async () => {
    const graph = picture('Api Db', 'Api->Db');
    const options = { direction: 'LR' } as const;
    expect(await graphText(graph, 'text')).toBe('Api\n└─ Db\n');
    expect(await graphText(graph, 'dot', options)).toBe(graph.toDot(options));
    expect(await graphText(graph, 'mmd', options)).toBe(graph.toMermaid(options));
    expect(await graphText(graph, 'svg', options)).toBe(await graph.toSvg(options));
    const json = await graphText(graph, 'json');
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(graph)));
    expect(json).toMatch(/^\{\n {2}"nodes": .+\}\n$/s);
  });
});
