// Runs every examples/NN-*/main.ts and compares what it prints with the expected.txt beside it (`--update` rewrites it).
//
// An example.json beside may say how the program ends:
//   { "after": "text to wait for on stdout", "signal": "SIGINT", "exitCode": 0 }
//
// The last line printed is `{"passed":n,"failed":n}`.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { normalise } from './example-output.mjs';

const LIMIT = 30_000;
const AT_A_TIME = 2;
const update = process.argv.includes('--update');

/** Runs one program to its end: what it printed, and how it ended. */
function run(folder, { after, signal }) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', '--import', './scripts/ts-node.mjs', `${folder}/main.ts`],
      { env: { ...process.env, CI: '1', NO_COLOR: '1', FORCE_COLOR: undefined }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let stdout = '';
    let stderr = '';
    let signalled = false;
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (signalled || after === undefined || !stdout.includes(after)) return;
      signalled = true;
      child.kill(signal);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('close', (code, endedBy) => {
      clearTimeout(limit);
      resolve({ stdout: normalise(stdout), stderr, end: endedBy ?? code });
    });
  });
}

/** The lines that differ, between the first and the last of them. */
function difference(expected, actual) {
  const [was, is] = [expected.split('\n'), actual.split('\n')];
  let top = 0;
  while (top < was.length && was[top] === is[top]) top += 1;
  let tail = 0;
  while (tail < Math.min(was.length, is.length) - top && was.at(-1 - tail) === is.at(-1 - tail)) tail += 1;
  return [
    `    @@ line ${top + 1} @@`,
    ...was.slice(top, was.length - tail).map((line) => `    -${line}`),
    ...is.slice(top, is.length - tail).map((line) => `    +${line}`),
  ];
}

/** What is wrong with one example, as lines; none if all is well. */
async function faults(folder) {
  const plan = existsSync(`${folder}/example.json`) ? JSON.parse(readFileSync(`${folder}/example.json`, 'utf8')) : {};
  const { stdout, stderr, end } = await run(folder, { signal: 'SIGINT', ...plan });
  const wanted = plan.exitCode ?? 0;
  if (end !== wanted) {
    const why = end === 'SIGKILL' ? `still running after ${LIMIT / 1_000} s` : `ended with ${end}, expected ${wanted}`;
    return [`    ${why}`, stdout, stderr].filter((text) => text !== '');
  }
  const file = `${folder}/expected.txt`;
  if (update) writeFileSync(file, stdout);
  if (!existsSync(file)) return [`    ${file} is missing: npm run examples -- --update writes it`];
  const expected = normalise(readFileSync(file, 'utf8'));
  return expected === stdout ? [] : difference(expected, stdout);
}

const folders = (existsSync('examples') ? readdirSync('examples') : [])
  .filter((name) => /^\d\d-/.test(name) && existsSync(`examples/${name}/main.ts`))
  .sort()
  .map((name) => `examples/${name}`);
const waiting = [...folders];
const counts = { passed: 0, failed: 0 };

async function lane() {
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    const began = performance.now();
    const found = await faults(folder);
    counts[found.length === 0 ? 'passed' : 'failed'] += 1;
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    console.log([`${found.length === 0 ? 'ok  ' : 'FAIL'} ${folder} ${took} s`, ...found].join('\n'));
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, lane));
console.log(JSON.stringify(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
