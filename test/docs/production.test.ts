import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { optionsOfEnvironment } from '../../src/cli/run-options.ts';
import { lifecycleSettings } from '../../src/lifecycle/options.ts';
import { EXIT } from '../../src/worker/exit-code.ts';
import { workerSettings } from '../../src/worker/worker-settings.ts';

const page = readFileSync('docs/production.md', 'utf8');

function block(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];
  if (text === undefined) throw new Error(`there is no block of ${language}`);
  return text;
}

/** The longest that a stop takes with these options of the Worker, in seconds. */
function longestStop(env: NodeJS.ProcessEnv = {}): number {
  const { preStopDelay, exitTimeout, stopTimeout } = workerSettings(optionsOfEnvironment(env).options);
  return (preStopDelay + (stopTimeout ?? lifecycleSettings({}).stopTimeout) + exitTimeout) / 1_000;
}

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

describe('the unit of systemd', () => {
  const unit = new Map(
    block('ini')
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

  it.skipIf(!hasAnalyze)('is one, as systemd-analyze sees it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
    try {
      const file = join(folder, 'orders.service');
      writeFileSync(file, block('ini').replace('/usr/bin/node', process.execPath));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      // What it says of other units of this machine is not about this one.
      expect(stderr.split('\n').filter((line) => line.includes('orders.service'))).toEqual([]);
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives the stop the time that it may take', () => {
    expect(Number(unit.get('TimeoutStopSec'))).toBeGreaterThan(longestStop());
  });

  it('hears systemd-notify, and does not restart what was called wrongly', () => {
    expect([unit.get('Type'), unit.get('NotifyAccess')]).toEqual(['notify', 'all']);
    expect(unit.get('RestartPreventExitStatus')).toBe(String(EXIT.usage));
  });
});

describe('the deployment of Kubernetes', () => {
  const { spec } = parse(block('yaml')).spec.template;
  const [container] = spec.containers;
  const env = Object.fromEntries(container.env.map(({ name, value }: Record<string, string>) => [name, value]));

  it('gives the stop the time that it may take, and says in the environment what the Worker understands', () => {
    expect(optionsOfEnvironment(env).options).toEqual({ preStopDelay: '5s', logFormat: 'json', http: '0.0.0.0:9100' });
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(longestStop(env));
  });

  it('has a probe for each answer of health()', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    const paths = [startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.path);
    expect(paths).toEqual(['/startup', '/ready', '/live']);
    expect(readinessProbe.periodSeconds * readinessProbe.failureThreshold * 1_000).toBeLessThan(
      workerSettings(optionsOfEnvironment(env).options).preStopDelay,
    );
  });
});

describe('the numbers of the page', () => {
  it('are those of the defaults', () => {
    const rows = page.split('\n').filter((line) => /^\| (systemd's|Kubernetes'|`docker)/.test(line));
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatch(new RegExp(`\\| ${longestStop()} s +\\|$`));
  });
});

describe('the command', () => {
  it.each(['docs/production.md', 'docs/command-line.md'])('is where %s says that the package has it', (file) => {
    const { name, bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    const named = readFileSync(file, 'utf8').match(/node_modules\/[\w./-]*inversify-lifecycle[\w./-]*/g) ?? [];
    const there = [join('node_modules', name, bin[name]), join('node_modules/.bin', name)];
    expect([...new Set(named)].sort()).toEqual(there.sort());
  });
});

describe('the image', () => {
  it('runs the program itself, not npm and not a shell', () => {
    expect(block('dockerfile')).toMatch(/^CMD \["node", /m);
    expect(block('dockerfile')).not.toMatch(/npm start|^CMD [^[]|^ENTRYPOINT [^[]/m);
  });
});
