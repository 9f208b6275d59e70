// `npm run mutate [-- <room>...]`: changes the code of a room in every small way there is, one at a time, and counts the
// changes that its tests notice. What nobody notices is printed as it comes, and the table, as Markdown, at the end.
import process from 'node:process';
import { Stryker } from '@stryker-mutator/core';
import { ROOMS } from './rooms.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in ROOMS));
if (unknown.length > 0) {
  throw new Error(`mutate expects rooms of ${Object.keys(ROOMS).join(', ')}; got ${unknown.join(', ')}`);
}

/** Each change is tried by those tests of the room that come by it. */
async function mutate({ code, tests }) {
  process.env.MUTATION_TESTS = JSON.stringify(tests);
  return new Stryker({
    mutate: code,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: 2,
    // A change that makes a loop endless is noticed by that; on a busy machine others must not seem so.
    timeoutMS: 20_000,
    ignorePatterns: ['coverage', 'dist', 'bench'],
    reporters: ['clear-text'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
    warnings: { slow: false },
    allowConsoleColors: false,
    allowEmpty: false,
  }).runMutationTest();
}

/** Of a hundred changes so many have to be noticed. */
const GOAL = 90;

function row(name, results) {
  const count = (...statuses) => results.filter(({ status }) => statuses.includes(status)).length;
  const endless = count('Timeout');
  const noticed = count('Killed') + endless;
  const all = noticed + count('Survived', 'NoCoverage');
  const score = (100 * noticed) / all;
  if (score < GOAL) process.exitCode = 1;
  return `| ${name} | ${all} | ${noticed} | ${endless} | ${score.toFixed(1)} |`;
}

const rows = [];
for (const [name, room] of Object.entries(ROOMS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const results = await mutate(room);
  for (const { status, fileName, location, replacement } of results) {
    if (status === 'Timeout') console.log(`[Timeout] ${fileName}:${location.start.line} ${replacement}`);
  }
  rows.push(row(name, results));
}
console.log(
  ['| room | changes | noticed | of them by a timeout | score |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  ),
);
