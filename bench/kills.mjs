// Kills a program at random moments of its start and its stop, and judges how each ended by what docs/worker.md says.
import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from './dag.mjs';
import { Program } from './program.mjs';

/** The budget of programs/killed.mjs: its stop, and what its exit guard gives it; and what a busy machine takes. */
const BUDGET = 3_000 + 500;
const GRACE = 2_000;

/** Below the range from which systems take ports for clients. */
const FIRST_PORT = 20_000;

const AT_ONCE = 2;

/** What the second signal leaves the stop at least, for the first of a chain of four. */
const HURRY = 500;

/** Between the last of the Worker's listeners and the line that says so, in milliseconds. */
const SLACK = 10;

/** One of them, by weight. */
function pick(next, weights) {
  const entries = Object.entries(weights);
  let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return entries[0][0];
}

const STOPPING = { SIGTERM: 3, SIGINT: 2, SIGHUP: 1, SIGQUIT: 1 };

/** What is sent, and how long after what was before. */
const PATTERNS = {
  once: (next) => [{ signal: pick(next, STOPPING), gap: 0 }],
  killed: () => [{ signal: 'SIGKILL', gap: 0 }],
  /** As a Ctrl-C under npm. */
  pressed(next) {
    const signal = pick(next, STOPPING);
    return [
      { signal, gap: 0, isGroup: true },
      { signal, gap: next() * 100 },
    ];
  },
  twice: (next) => several(next, 2),
  thrice: (next) => several(next, 3),
  killedAfter: (next) => [...several(next, 1), { signal: 'SIGKILL', gap: next() * 400 }],
};

function several(next, count) {
  return Array.from({ length: count }, (_, index) => ({
    signal: pick(next, STOPPING),
    gap: index === 0 ? 0 : next() * 600,
  }));
}

/** Up to which milliseconds after its beginning a moment may be. */
const MOMENTS = { boot: 600, start: 500, running: 300, stop: 700 };

function planOf(seed) {
  const next = random(seed);
  const moment = pick(next, { boot: 1, start: 4, running: 1, stop: 4 });
  const pattern = pick(next, { once: 45, killed: 15, pressed: 10, twice: 12, thrice: 10, killedAfter: 8 });
  const begin = moment === 'stop' ? [{ signal: 'SIGTERM', gap: 0 }] : [];
  const [first, ...others] = PATTERNS[pattern](next);
  return {
    seed,
    moment,
    kind: pick(next, { tidy: 70, stubborn: 15, leaky: 15 }),
    isVisited: next() < 0.5,
    after: moment === 'stop' ? 0 : next() * MOMENTS[moment],
    sends: [...begin, { ...first, gap: moment === 'stop' ? next() * MOMENTS.stop : 0 }, ...others],
  };
}

/** A place where one program runs after the other: what one leaves behind, the next one finds. */
class Place {
  #folder = mkdtempSync(join(tmpdir(), 'kills-'));
  #port;

  constructor(number) {
    this.#port = FIRST_PORT + ((process.pid % 1_000) + number * 1_000) * 2;
  }

  start({ kind, seed }) {
    return new Program(['killed.mjs', kind, this.#folder, this.#port, this.#port + 1, seed]);
  }

  /** Which sockets there are, and which of all that were ever called so each is. */
  get sockets() {
    const found = ['control.sock', 'app.sock'].map((name) => {
      const { ino, ctimeMs } = lstatSync(join(this.#folder, name), { throwIfNoEntry: false }) ?? {};
      return [name, ino === undefined ? undefined : `${ino} of ${ctimeMs}`];
    });
    return new Map(found.filter(([, which]) => which !== undefined));
  }

  /** Connections that nobody closes. @returns what closes them */
  visit() {
    const agent = new Agent({ keepAlive: true });
    const ignore = (emitter) => emitter.on('error', () => {});
    const sockets = [...this.sockets.keys()].map((name) => ignore(connect(join(this.#folder, name))));
    for (const [port, path] of [
      [this.#port, '/'],
      [this.#port + 1, '/ready'],
    ]) {
      ignore(get({ host: '127.0.0.1', port, path, agent }, (response) => ignore(response).resume()));
    }
    return () => {
      agent.destroy();
      for (const socket of sockets) socket.destroy();
    };
  }

  remove() {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Waits for its moment. @returns false if it ended before */
async function itsMoment(program, { moment, after }) {
  const line = { boot: undefined, start: 'heard', running: 'running', stop: 'running' }[moment];
  if (line !== undefined && !(await program.says(line))) return false;
  await sleep(after);
  return true;
}

/** @returns when which signal was sent, at some time between two */
async function send(program, { signal, gap, isGroup = false }) {
  await Promise.race([sleep(gap), program.exited]);
  const from = Date.now();
  if (isGroup) program.killGroup(signal);
  else program.kill(signal);
  return { signal, from, until: Date.now() };
}

/** @returns how it ended, or undefined when it did not within its time */
function ends(program) {
  const late = new AbortController();
  const limit = sleep(BUDGET + GRACE, undefined, { signal: late.signal }).catch(() => {});
  return Promise.race([program.exited, limit]).finally(() => late.abort());
}

/** What is wrong with how it ended, if anything. */
function wrongCode(program, sent, { code, signal }) {
  const heard = program.saidAt('heard') ?? Number.POSITIVE_INFINITY;
  const [, overCode, overAt = 'NaN'] = /^@ over:(\d+) (\d+)$/m.exec(program.stdout) ?? [];
  const over = Number(overAt);
  const isOpen = ({ from, until }) => from <= heard || until >= over - SLACK;
  if (signal !== null) {
    const isRight = sent.some((each) => each.signal === signal && (signal === 'SIGKILL' || isOpen(each)));
    return isRight ? undefined : `ended by ${signal}`;
  }
  const presses = sent.filter((each) => each.signal !== 'SIGKILL');
  const isStubborn = program.saidAt('stubborn') !== undefined;
  const isLeaky = program.saidAt('leaky') !== undefined;
  const isHurried = presses.length >= 2 && over - presses[1].from >= HURRY;
  const right = {
    0: !isStubborn && !isLeaky,
    124: isStubborn || isHurried,
    125: isLeaky && overCode === '0',
  };
  for (const each of presses.slice(2)) right[128 + constants.signals[each.signal]] = true;
  if (right[code] !== true) return `ended with ${code}`;
  const isToldOtherwise = overCode !== undefined && code !== 125 && Number(overCode) !== code && code < 128;
  return isToldOtherwise ? `ended with ${code}, and said ${overCode}` : undefined;
}

/** What should have taken its socket away, and has not. */
function leakedSockets(place, program, before, { code, signal }) {
  const isCut = signal !== null && program.saidAt('over:\\d+') === undefined;
  if (isCut) return [];
  // One that never got so far has left what another one did.
  const own = [...place.sockets].filter(([name, which]) => before.get(name) !== which).map(([name]) => name);
  // Ended at once, a program has no time for its own.
  return own.filter((name) => name === 'control.sock' || !(code > 128));
}

async function leakedChildren(program) {
  for (let look = 0; look < 50 && program.relatives().length > 0; look++) await sleep(20);
  return program.relatives();
}

export class Kills {
  counts = { kills: 0, hangs: 0, codes: 0, children: 0, sockets: 0, stale: 0, slowest: 0 };
  /** How often there was which end. */
  ends = {};

  /** @param seed gives what is sent to whom, and when */
  static async run(count, seed) {
    const kills = new Kills();
    const plans = Array.from({ length: count }, (_, index) => planOf(seed * 1_000_003 + index));
    await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => kills.#allAt(new Place(number), plans)));
    return kills;
  }

  async #allAt(place, plans) {
    for (let plan = plans.shift(); plan !== undefined; plan = plans.shift()) await this.#kill(place, plan);
    // Whatever the last one has left.
    await this.#kill(place, {
      ...planOf(1),
      moment: 'running',
      kind: 'tidy',
      after: 0,
      sends: [{ signal: 'SIGTERM', gap: 0 }],
    });
    place.remove();
  }

  async #kill(place, plan) {
    const before = place.sockets;
    if (before.size > 0) this.counts.stale++;
    const program = place.start(plan);
    const isThere = await itsMoment(program, plan);
    const leave = isThere && plan.isVisited ? place.visit() : () => {};
    const sent = [];
    if (isThere) for (const each of plan.sends) sent.push(await send(program, each));
    const ended = await ends(program);
    this.counts.kills++;
    await this.#judge({ place, program, plan, before, sent, ended });
    leave();
    program.killGroup('SIGKILL');
    await program.ended;
  }

  async #judge({ place, program, plan, before, sent, ended }) {
    const complain = (count, what) => {
      this.counts[count]++;
      const { stdout, stderr } = program;
      console.error(JSON.stringify({ what, plan, sent, ended }), `\n${stdout}${stderr}\n`);
    };
    if (ended === undefined) {
      complain('hangs', 'has not ended');
      return;
    }
    if (sent.length > 0) this.counts.slowest = Math.max(this.counts.slowest, ended.at - sent[0].from);
    const end = String(ended.signal ?? ended.code);
    this.ends[end] = (this.ends[end] ?? 0) + 1;
    // What it said last is on its way.
    await Promise.race([program.ended, sleep(1_000)]);
    const wrong = wrongCode(program, sent, ended);
    if (wrong !== undefined) complain('codes', wrong);
    const children = await leakedChildren(program);
    if (children.length > 0) complain('children', `left ${children}`);
    const sockets = leakedSockets(place, program, before, ended);
    if (sockets.length > 0) complain('sockets', `left ${sockets}`);
  }
}
