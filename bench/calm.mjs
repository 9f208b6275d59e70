// Programs under normal load, of which neither the watchdog nor the exit guard has anything to tell.
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from './dag.mjs';
import { Program } from './program.mjs';

/** As the documentation has it. */
const TIMEOUT = '1s';

const CLIENTS = 8;
const SHORT = 3_000;

const HANDLES_LEFT = 125;

export class Calm {
  counts = { programs: 0, requests: 0, pieces: 0, slowest: 0, blocked: 0, guarded: 0, wrong: 0 };

  /** One program for so many milliseconds, and beside it short ones, one after the other. */
  static async run(milliseconds) {
    const calm = new Calm();
    const end = Date.now() + milliseconds;
    await Promise.all([calm.#life(milliseconds), calm.#shortLives(end)]);
    return calm;
  }

  async #shortLives(end) {
    const next = random(1);
    while (Date.now() < end) await this.#life(next() * SHORT);
  }

  async #life(milliseconds) {
    const program = new Program(['calm.mjs', TIMEOUT]);
    if (!(await program.says('running'))) throw new Error(`has not started:\n${program.stdout}${program.stderr}`);
    const [, port] = /^@ port:(\d+)/m.exec(program.stdout);
    const agent = new Agent({ keepAlive: true });
    const end = Date.now() + milliseconds;
    await Promise.all(Array.from({ length: CLIENTS }, () => this.#client({ port, agent }, end)));
    program.kill('SIGTERM');
    this.#judge(program, await program.ended);
    agent.destroy();
  }

  async #client(server, end) {
    for (let left = end - Date.now(); left > 0; left = end - Date.now()) {
      await ask(server);
      this.counts.requests++;
      await sleep(Math.min(left, 20));
    }
  }

  #judge({ stdout, stderr }, { code, signal }) {
    const { counts } = this;
    const numbers = (what) =>
      [...stdout.matchAll(new RegExp(`^@ ${what}:(\\d+)`, 'gm'))].map(([, each]) => Number(each));
    counts.programs++;
    counts.pieces += numbers('pieces')[0] ?? 0;
    counts.slowest = Math.max(counts.slowest, ...numbers('slowest'));
    const told = stderr.split('\n').filter((line) => line.startsWith('[watchdog]')).length;
    counts.blocked += numbers('blocked').length + told;
    if (code === HANDLES_LEFT) counts.guarded++;
    if (code === 0 && stderr === '') return;
    counts.wrong++;
    console.error(JSON.stringify({ code, signal }), `\n${stdout}${stderr}\n`);
  }
}

function ask({ port, agent }) {
  return new Promise((resolve, reject) => {
    const answered = (response) => response.on('end', resolve).on('error', reject).resume();
    get({ host: '127.0.0.1', port, agent }, answered).on('error', reject);
  });
}
