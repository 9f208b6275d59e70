// Everything that must hold before a change is done, fastest first; stops at the first failure.
// The last line printed is `N passed, N failed`: the tests, the examples, and one for every other step.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const scratch = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
const report = join(scratch, 'tests.json');
const env = { ...process.env, PATH: `${join('node_modules', '.bin')}${delimiter}${process.env.PATH}` };

/** What a step is called, its command, and how to read from its output what it counted; without that it counts one. */
const STEPS = [
  ['format and lint', 'biome ci --colors=off --error-on-warnings'],
  ['types', 'tsc'],
  ['architecture', 'depcruise --config .dependency-cruiser.mjs src decorators container'],
  ['tests', `vitest run --reporter=default --reporter=json --outputFile.json="${report}"`, testCounts],
  ['examples', 'node scripts/examples.mjs', exampleCounts],
  ['build', 'npm run --silent build'],
  ['package', 'publint --strict'],
  ['package types', 'attw --pack --profile esm-only'],
  ['types for a consumer', 'tsc -p test/consumer'],
  ['unused code', 'knip'],
];

function testCounts() {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests };
}

function exampleCounts(stdout) {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1));
}

/** What a step passed and failed; one that failed has at least one failure, even if it died before it could count. */
function run(name, command, count) {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8', maxBuffer: 2 ** 28, env });
  const took = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}, ${took} s`);
  if (status === 0) return count?.(stdout) ?? { passed: 1, failed: 0 };
  console.log(`\n$ ${command}\n${stdout}${stderr}`);
  try {
    const { passed, failed } = count(stdout);
    return { passed, failed: Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const total = { passed: 0, failed: 0 };
for (const step of STEPS) {
  const { passed, failed } = run(...step);
  total.passed += passed;
  total.failed += failed;
  if (failed > 0) break;
}
rmSync(scratch, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
