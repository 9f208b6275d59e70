/** One sample of what Prometheus scrapes. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

// Values are what Go's ParseFloat takes, which does not care for the case of `NaN`: prom-client writes `Nan`.
const LINE = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})? ([Nn][Aa][Nn]|[+-]?Inf|[+-]?\d[\d.e+-]*)$/;
const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"$/;

/** Reads Prometheus's text format, and is strict about it. */
export function readExposition(text: string): readonly Sample[] {
  const types = new Set<string>();
  const samples: Sample[] = [];
  if (!text.endsWith('\n')) throw new Error('it does not end with a line feed');
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)?.[1];
    if (type !== undefined && types.has(type)) throw new Error(`${type} is told twice`);
    if (type !== undefined) types.add(type);
    if (line === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line);
    if (match === null) throw new Error(`no sample: ${line}`);
    const [, name = '', labels = '', value] = match;
    const parts = labels === '' ? [] : labels.split(/,(?=[a-zA-Z_]\w*=")/);
    const pairs = parts.map((part) => {
      const [, key = '', content = ''] = LABEL.exec(part) ?? [];
      if (key === '') throw new Error(`no label: ${part}`);
      return [key, content] as const;
    });
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value?.replace('Inf', 'Infinity')) });
  }
  return samples;
}
