// `npm run mutate [-- <room>...]`: changes the code of a room in every small way there is, one at a time, and counts the
// changes that its tests notice; those that nobody notices are told one by one, and a table stands at the end, as Markdown.
import process from 'node:process';
import { Stryker } from '@stryker-mutator/core';
import { ROOMS } from './rooms.mjs';

const NOTICED = ['Killed', 'Timeout'];
const UNNOTICED = ['Survived', 'NoCoverage'];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in ROOMS));
if (unknown.length > 0)
  throw new Error(`expected rooms of ${Object.keys(ROOMS).join(', ')}; got ${unknown.join(', ')}`);

/** Where the tests of a room stop mattering: each change is tried by the tests that come by it. */
async function mutate({ code, tests }) {
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  return new Stryker({
    mutate: code,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    plugins: ['@stryker-mutator/vitest-runner'],
    coverageAnalysis: 'perTest',
    concurrency: 2,
    ignorePatterns: ['coverage', 'dist', 'bench'],
    reporters: ['clear-text'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
    disableTypeChecks: true,
    tempDirName: '.stryker-tmp',
  }).runMutationTest();
}

function row(name, results) {
  const count = (statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const [noticed, unnoticed] = [count(NOTICED), count(UNNOTICED)];
  const score = ((100 * noticed) / (noticed + unnoticed)).toFixed(1);
  return `| ${name} | ${noticed + unnoticed} | ${noticed} | ${score} |`;
}

const rows = [];
for (const [name, room] of Object.entries(ROOMS)) {
  if (asked.length === 0 || asked.includes(name)) rows.push(row(name, await mutate(room)));
}
console.log(['| room | changes | noticed | score |', '| --- | --- | --- | --- |', ...rows].join('\n'));
