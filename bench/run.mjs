// `npm run bench [-- <times> [cold growth walk hot emit import heap ticks schedule flat restart simulate deep watchdog kills calm rolling]]`:
// side by side, as Markdown on standard output. `kills=50` has so many, `calm=2` takes so many minutes; SEED is that of the kills.
import { spawnSync } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { Calm } from './calm.mjs';
import { goal, interleaved, median, spread, table } from './harness.mjs';
import { Kills } from './kills.mjs';

const [times = 9, ...only] = process.argv.slice(2);
const TICKERS = {
  interval: 'setInterval',
  'interval-in-services': 'setInterval, in onStart of each service',
  ours: '@Timer',
};
const HEAD = ['', 'wall ms: median (min..max)', 'cpu ms', 'ratio wall', 'ratio cpu', 'goal'];

/** The rows of one comparison; the ratios are ours over each of the others. */
function rows(results, goals, wall = 'wall', cpu = 'cpu') {
  const ours = results.ours;
  return Object.entries(results).map(([name, figures]) => {
    const ratio = median(ours[wall]) / median(figures[wall]);
    const ratios =
      name === 'ours' ? ['', ''] : [ratio, median(ours[cpu]) / median(figures[cpu])].map((each) => each.toFixed(2));
    const wanted = goals[name] === undefined ? '' : goal(ratio, goals[name]);
    return [name, spread(figures[wall]), spread(figures[cpu], 0), ...ratios, wanted];
  });
}

const sections = {
  async cold() {
    for (const [size, most] of [
      [1_000, 1.5],
      [5_000, 1.3],
    ]) {
      for (const kind of ['sync', 'async']) {
        const systems = ['raw', 'ours', ...(kind === 'sync' ? ['nest', 'effect'] : [])];
        const results = await interleaved(
          Object.fromEntries(systems.map((system) => [system, `cold ${system} ${size} ${kind}`])),
          times,
        );
        table(
          `Bind, start, stop: ${size} services, ${kind} hooks that do nothing`,
          HEAD,
          rows(results, { raw: most, nest: 0.8, effect: 0.8 }),
        );
      }
    }
  },

  async growth() {
    const results = await interleaved(
      {
        raw1: 'cold raw 1000 sync',
        ours1: 'cold ours 1000 sync',
        raw10: 'cold raw 10000 sync',
        ours10: 'cold ours 10000 sync',
      },
      times,
    );
    const exponent = (name, figure) =>
      Math.log10(median(results[`${name}10`][figure]) / median(results[`${name}1`][figure]));
    table(
      'Growth from 1,000 to 10,000 services: the exponent',
      ['', '1,000 ms', '10,000 ms', 'wall', 'cpu', 'goal'],
      ['raw', 'ours'].map((name) => [
        name,
        spread(results[`${name}1`].wall),
        spread(results[`${name}10`].wall),
        exponent(name, 'wall').toFixed(2),
        exponent(name, 'cpu').toFixed(2),
        name === 'raw' ? '' : goal(exponent('ours', 'wall'), (exponent('raw', 'wall') + 0.05).toFixed(2)),
      ]),
    );
  },

  async walk() {
    const results = await interleaved(
      { walk: 'walk walk 1000', ours: 'walk ours 1000', nest: 'walk nest 1000', effect: 'walk effect 1000' },
      times,
    );
    const { walk, ours } = results;
    table('startAll, 1,000 services of 1-20 ms', HEAD, rows(results, { walk: 1.4 }, 'cold', 'coldCpu'));
    table(
      'startAll again: the graph and the objects are there',
      HEAD,
      rows({ walk, ours }, { walk: 1.1 }, 'again', 'againCpu'),
    );
    table('stopAll, 1,000 services of 1-20 ms', HEAD, rows(results, { walk: 1.05 }, 'stop', 'stopCpu'));
  },

  async hot() {
    const results = await interleaved({ without: 'hot without', with: 'hot with', started: 'hot started' }, times);
    for (const figure of ['singleton', 'transient']) {
      const base = median(results.without[figure]);
      table(
        `container.get of a ${figure}`,
        ['', 'ns', 'ratio', 'goal'],
        Object.entries(results).map(([name, figures]) => {
          const ratio = median(figures[figure]) / base;
          return [name, spread(figures[figure]), ratio.toFixed(3), name === 'without' ? '' : goal(ratio, 1.02)];
        }),
      );
    }
  },

  async emit() {
    const results = await interleaved({ nobody: 'emit nobody', log: 'emit log', listener: 'emit listener' }, times);
    const NAMES = {
      nobody: 'nobody listens',
      log: 'the log alone, at its usual level',
      listener: 'a listener that does nothing',
    };
    table(
      'An event: nanoseconds',
      ['', 'service:running', 'task:began', 'task:ended', 'goal'],
      Object.entries(results).map(([name, figures]) => {
        const most = Math.max(...Object.values(figures).map(median));
        return [
          NAMES[name],
          ...['moved', 'began', 'ended'].map((figure) => spread(figures[figure])),
          name === 'listener' ? '' : goal(most, 30),
        ];
      }),
    );
  },

  async import() {
    const results = await interleaved(
      { bare: 'import bare', inversify: 'import inversify', ours: 'import ours' },
      times * 3,
    );
    const ratio = (figure) => {
      const [bare, inversify, ours] = ['bare', 'inversify', 'ours'].map((name) => median(results[name][figure]));
      return (ours - bare) / (inversify - bare);
    };
    table(
      'Import: the whole process',
      ['', 'wall ms', 'cpu ms', 'ratio wall', 'ratio cpu', 'goal'],
      Object.entries(results).map(([name, { wall, cpu }]) => [
        name === 'inversify' ? 'inversify + reflect-metadata' : name,
        spread(wall),
        spread(cpu, 0),
        ...(name === 'ours'
          ? [ratio('wall').toFixed(2), ratio('cpu').toFixed(2), goal(ratio('wall'), 1.15)]
          : ['', '', '']),
      ]),
    );
  },

  async heap() {
    const results = await interleaved(
      { raw: 'heap raw 2000', ours: 'heap ours 2000', graph: 'heap graph 2000', graphology: 'heap graphology 2000' },
      3,
    );
    const NAMES = {
      raw: 'raw Inversify',
      ours: 'ours, running',
      graph: '+ graph() kept',
      graphology: '+ graph().graphology kept',
    };
    const base = median(results.raw.running);
    table(
      'Heap: bytes per service',
      ['', 'while running', 'beyond raw', 'left after stopAll, all dropped', 'goal'],
      Object.entries(results).map(([name, { running, left }]) => {
        const beyond = median(running) - base;
        return [
          NAMES[name],
          spread(running, 0),
          beyond.toFixed(0),
          median(left).toFixed(0),
          name === 'ours' ? goal(beyond, 2_560) : '',
        ];
      }),
    );
  },

  async ticks() {
    for (const [every, seconds] of [
      [100, 10],
      [1_000, 20],
    ]) {
      const systems = ['interval', 'interval-in-services', 'ours'];
      const results = await interleaved(
        Object.fromEntries(systems.map((name) => [name, `ticks ${name} 10000 ${every} ${seconds}`])),
        Math.min(times, 5),
      );
      const { interval } = results;
      const ratio = (name, figure) => median(results[name][figure]) / median(interval[figure]);
      table(
        `10,000 timers of ${every} ms with a tiny asynchronous job, ${seconds} s`,
        ['', 'cpu ms per 1,000 ticks', 'ratio', 'goal', 'lateness p99 ms', 'ratio', 'goal', 'missed', 'slip ms'],
        systems.map((name) => [
          TICKERS[name],
          spread(results[name].cpu, 2),
          name === 'interval' ? '' : ratio(name, 'cpu').toFixed(2),
          name === 'ours' ? goal(ratio(name, 'cpu'), 1.2) : '',
          spread(results[name].p99),
          name === 'interval' ? '' : ratio(name, 'p99').toFixed(2),
          name === 'ours' ? goal(ratio(name, 'p99'), 0.5) : '',
          spread(results[name].missed, 0),
          spread(results[name].slip),
        ]),
      );
    }
  },

  async schedule() {
    const results = await interleaved({ nest: 'schedule nest', ours: 'schedule ours' }, 3);
    table(
      'One job that takes longer than its interval, and a stop',
      ['', 'runs at once', 'began after its dependency had stopped', 'outlived the stop'],
      Object.entries(results).map(([name, { atOnce, late, outliving }]) => [
        name === 'nest' ? '@nestjs/schedule 12' : name,
        ...[atOnce, late, outliving].map((values) => spread(values, 0)),
      ]),
    );
  },

  async flat() {
    const { flat } = await interleaved({ flat: 'flat 1000000' }, 3);
    table(
      'The heap over 1,000,000 ticks of 1,000 timers',
      ['kB after 100,000', 'kB after 1,000,000', 'bytes per tick'],
      [[spread(flat.early, 0), spread(flat.late, 0), spread(flat.growth, 3)]],
    );
  },

  async restart() {
    const results = await interleaved(
      {
        alone: 'restart one 1 1000',
        among: 'restart one 1000 1000',
        beside: 'restart beside 1000 1000',
        atOnce: 'restart atOnce 1000',
        hooks: 'restart hooks 1000',
        flat: 'restart flat 1 100000',
        ours: 'restart rate 1 20000',
        otp: 'restart otp 1 20000',
      },
      Math.min(times, 5),
    );
    const { alone, among, beside, atOnce, hooks, flat, ours, otp } = results;
    table(
      'From a crash to running again, one after the other: milliseconds',
      ['', 'median', 'p99', 'goal'],
      [
        ['one service', spread(alone.median, 3), spread(alone.p99, 3), goal(median(alone.median), 0.05)],
        ['one of 1,000', spread(among.median, 3), spread(among.p99, 3), goal(median(among.median), 0.05)],
        [
          'one of 1,000, while another one is in an onStart of 5 s',
          spread(beside.median, 3),
          spread(beside.p99, 3),
          goal(median(beside.median), 0.05),
        ],
      ],
    );
    table(
      '1,000 services that crash in one moment: milliseconds until all run',
      ['', 'the first time', 'later', 'goal'],
      [
        ['hooks that do nothing', spread(atOnce.first), spread(atOnce.wall), goal(median(atOnce.wall), 30)],
        [
          'hooks of 10 ms each, which are 20 s one after the other',
          spread(hooks.first),
          spread(hooks.wall),
          goal(median(hooks.wall), 200),
        ],
      ],
    );
    table(
      'The heap over 100,000 restarts',
      ['kB after 10,000', 'kB after 100,000', 'bytes per restart'],
      [[spread(flat.early, 0), spread(flat.late, 0), spread(flat.growth, 3)]],
    );
    const rate = spread(ours.perSecond, 0);
    if (otp.perSecond === undefined) {
      table(
        'Restarts per second of a trivial service',
        ['', 'per second'],
        [
          ['ours', rate],
          ['OTP', 'skipped: there is no erl here'],
        ],
      );
      return;
    }
    const ratio = median(ours.perSecond) / median(otp.perSecond);
    table(
      'Restarts per second of a trivial service',
      ['', 'per second', 'ratio', 'goal'],
      [
        ['ours', rate, ratio.toFixed(2), `>= 0.2 ${ratio >= 0.2 ? 'met' : '**missed**'}`],
        ["a gen_server under OTP's supervisor", spread(otp.perSecond, 0), '', ''],
      ],
    );
  },

  async simulate() {
    const { simulate } = await interleaved({ simulate: 'simulate 50 2000' }, Math.min(times, 5));
    table(
      '2,000 simulated lives of 50 services',
      ['wall ms', 'cpu ms', 'goal', 'faults per life'],
      [
        [
          spread(simulate.wall, 0),
          spread(simulate.cpu, 0),
          goal(median(simulate.wall), 10_000),
          spread(simulate.faults),
        ],
      ],
    );
  },

  async deep() {
    const variants = {
      'chain of 20,000, dependencies bound first': 'deep forwards 20000',
      'chain of 20,000, dependents bound first': 'deep backwards 20000',
      'ladder of diamonds, 60 deep': 'deep ladder 60',
    };
    const results = await interleaved(variants, 3);
    table(
      'Deep graphs: bind, start, stop; and graph().order',
      ['', 'wall ms', 'cpu ms', 'graph().order, wall ms'],
      Object.entries(results).map(([name, { wall, cpu, order }]) => [
        name,
        spread(wall),
        spread(cpu, 0),
        spread(order),
      ]),
    );
  },

  async watchdog() {
    const { off, timer, short, long, sampling } = await interleaved(
      {
        off: 'watchdog idle off 10',
        timer: 'watchdog idle timer 10',
        short: 'watchdog idle 100ms 10',
        long: 'watchdog idle 1s 10',
        sampling: 'watchdog idle 1s,100ms 10',
      },
      times,
    );
    const beyond = ({ share }) => median(share) - median(off.share);
    table(
      'A Worker that does nothing: processor time, in % of a core',
      ['`blockingTimeout`', '%', 'beyond none', 'goal'],
      [
        ['`false`', spread(off.share, 2), '', ''],
        ['`false`, and a `setInterval` of 50 ms', spread(timer.share, 2), beyond(timer).toFixed(2), ''],
        ["`'100ms'`", spread(short.share, 2), beyond(short).toFixed(2), goal(beyond(short), 1)],
        ["`'1s'`", spread(long.share, 2), beyond(long).toFixed(2), goal(beyond(long), 1)],
        [
          "`'1s'`, with `sampling` of 100 ms",
          spread(sampling.share, 2),
          beyond(sampling).toFixed(2),
          goal(beyond(sampling), 1),
        ],
      ],
    );
    const kinds = { short: "`'100ms'`", long: "`'1s'`", sampling: "`'1s'`, with `sampling` of 100 ms" };
    const busy = await interleaved(
      {
        short: 'watchdog busy 100ms 60 2000',
        long: 'watchdog busy 1s 60 2000',
        sampling: 'watchdog busy 1s,100ms 60 2000',
      },
      times * 3,
    );
    table(
      'An HTTP server that is busy: with a watchdog over without, in turns of 500 requests',
      [
        '`blockingTimeout`',
        'µs of processor time for each request, without',
        'ratio cpu',
        'goal',
        'ratio wall',
        'without again: ratio cpu',
        'ratio wall',
      ],
      Object.entries(busy).map(([name, { microseconds, cpu, wall, controlCpu, controlWall }]) => [
        kinds[name],
        spread(microseconds),
        spread(cpu, 3),
        goal(median(cpu), 1.01),
        ...[wall, controlCpu, controlWall].map((ratios) => spread(ratios, 3)),
      ]),
    );
  },

  async kills(count = 500) {
    const seed = Number(process.env.SEED ?? 1);
    const { counts, ends } = await Kills.run(Number(count), seed);
    const { kills, hangs, codes, children, sockets, stale, slowest } = counts;
    table(
      `A program that is killed at some moment of its start or its stop, seed ${seed}`,
      [
        'kills',
        'hangs',
        'wrong codes',
        'children left',
        'sockets left',
        'goal',
        'starts that found a dead socket',
        'slowest end, ms',
      ],
      [[kills, hangs, codes, children, sockets, goal(hangs + codes + children + sockets, 0), stale, slowest]],
    );
    const names = Object.keys(ends).sort();
    table('How they ended', names, [names.map((name) => ends[name])]);
  },

  async calm(minutes = 10) {
    const { counts } = await Calm.run(Number(minutes) * 60_000);
    const { programs, requests, pieces, slowest, blocked, guarded, wrong } = counts;
    table(
      `${minutes} minutes of normal load, \`blockingTimeout: '1s'\``,
      [
        'programs',
        'requests',
        'pieces of work',
        'longest delay of a timer, ms',
        'reports of the watchdog',
        'of the exit guard',
        'other ends than 0',
        'goal',
      ],
      [[programs, requests, pieces, slowest, blocked, guarded, wrong, goal(blocked + guarded + wrong, 0)]],
    );
  },

  /** Two processes behind a client that asks /ready: the test of it, as large as it was meant. */
  rolling() {
    const env = { ...process.env, RESTARTS: '20', IN_FLIGHT: '1000' };
    const { status, stdout } = spawnSync('npx vitest run test/process/rolling-restart.test.ts', {
      shell: true,
      encoding: 'utf8',
      env,
    });
    const [, told] = /rolling: ({.*})/.exec(stdout) ?? [];
    if (told === undefined) throw new Error(`the test has ended with ${status}:\n${stdout}`);
    const { restarts, inFlight, answered, failed, slowestNotice } = JSON.parse(told);
    table(
      'Two processes behind a client that asks /ready, each restarted by SIGTERM under load',
      ['restarts', 'requests in flight', 'answered', 'failed', 'goal', 'slowest notice, ms'],
      [[restarts, inFlight, answered, failed, goal(failed, 0), slowestNotice]],
    );
  },
};

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}; ` +
    `medians of ${times} fresh processes each, interleaved`,
);
const asked = new Map(only.map((each) => each.split('=')));
for (const [name, section] of Object.entries(sections)) {
  if (asked.size === 0 || asked.has(name)) await section(asked.get(name));
}
