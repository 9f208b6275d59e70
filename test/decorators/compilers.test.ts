import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { DependsOn, declaredDependenciesOf, Managed, managedOptionsOf } from '../../decorators/managed.ts';
import type { AnyClass } from '../../decorators/metadata.ts';

const SOURCE = `
export function classes({ Managed, DependsOn }) {
  @Managed({ name: 'base', optional: true })
  @DependsOn('db')
  class Base {}
  @DependsOn('queue')
  class Sub extends Base {}
  @Managed({ startTimeout: '2s' })
  class Again extends Sub {}
  class Plain extends Base {}
  @Managed(false)
  class Left extends Base {}
  return [Base, Sub, Again, Plain, Left];
}
export function onMethod({ Managed }) {
  class Wrong { @Managed({}) start() {} }
  return Wrong;
}
export function onField({ DependsOn }) {
  class Wrong { @DependsOn('db') field = 1; }
  return Wrong;
}
`;

interface Compiled {
  classes(decorators: object): AnyClass[];
  onMethod(decorators: object): unknown;
  onField(decorators: object): unknown;
}

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function compiled(name: string, options: ts.CompilerOptions): Promise<Compiled> {
  const { outputText } = ts.transpileModule(SOURCE, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, ...options },
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, outputText);
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Compiled;
}

describe.each<[string, ts.CompilerOptions]>([
  ['legacy', { experimentalDecorators: true }],
  ['legacy-as-fields-are-defined', { experimentalDecorators: true, useDefineForClassFields: true }],
  ['tc39', { experimentalDecorators: false }],
  ['tc39-in-old-javascript', { experimentalDecorators: false, target: ts.ScriptTarget.ES2017 }],
])('decorators compiled as %s', (name, options) => {
  it('say the same of every class, bases included, with no instance made', async () => {
    const { classes } = await compiled(name, options);
    const said = classes({ Managed, DependsOn }).map((Class) => [
      managedOptionsOf(Class),
      declaredDependenciesOf(Class),
    ]);
    expect(said).toEqual([
      [{ name: 'base', optional: true }, ['db']],
      [{ optional: true }, ['queue', 'db']],
      [{ startTimeout: '2s', optional: true }, ['queue', 'db']],
      [{ optional: true }, ['db']],
      [false, ['db']],
    ]);
  });

  it('refuse methods and fields', async () => {
    const { onMethod, onField } = await compiled(name, options);
    expect(() => onMethod({ Managed })).toThrow(/@Managed decorates classes, got .*; write it above "class"/);
    expect(() => onField({ DependsOn })).toThrow(/@DependsOn decorates classes, got .*; write it above "class"/);
  });
});
