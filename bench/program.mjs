// A program in a process of its own: what it says, when it says it, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export class Program {
  #child;
  stdout = '';
  stderr = '';

  /** @param command a file in programs/, and its arguments */
  constructor([file, ...given], env = {}) {
    const path = fileURLToPath(new URL(`programs/${file}`, import.meta.url));
    // A group of its own: a Ctrl-C reaches it as a terminal's would, and whatever it starts is found by it.
    this.#child = spawn(process.execPath, [path, ...given.map(String)], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const name of ['stdout', 'stderr']) {
      this.#child[name].setEncoding('utf8').on('data', (text) => {
        this[name] += text;
      });
    }
    this.began = Date.now();
    this.exited = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal, at: Date.now() }));
    /** With all that it has said; a child that has its standard output would keep that open. */
    this.ended = once(this.#child, 'close').then(() => this.exited);
  }

  get pid() {
    return this.#child.pid;
  }

  kill(signal) {
    return this.#child.kill(signal);
  }

  /** To all of its group, as Ctrl-C does. */
  killGroup(signal) {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  /** The moment of a line `@ <what> <milliseconds>`, as its clock had it; undefined if it has not said so. */
  saidAt(what) {
    const [, at] = new RegExp(`^@ ${what} (\\d+)$`, 'm').exec(this.stdout) ?? [];
    return at === undefined ? undefined : Number(at);
  }

  /** Fulfils with whether it has said so before it ended. */
  async says(what) {
    let isOver = false;
    const over = this.ended.then(() => {
      isOver = true;
    });
    while (this.saidAt(what) === undefined && !isOver) {
      await Promise.race([once(this.#child.stdout, 'data').catch(() => {}), over]);
    }
    return this.saidAt(what) !== undefined;
  }

  /** Who is alive in its group; needs /proc. @returns process ids */
  relatives() {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && groupOf(name) === this.pid);
  }
}

/** Undefined for a process that has ended, whether somebody has taken note of that or not. */
function groupOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}
