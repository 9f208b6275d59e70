import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process that a test talks to: what it prints, and how it ends. */
export class Program {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  /** @param command the program and its arguments */
  constructor(command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: a Ctrl-C reaches it as a terminal's would.
      detached: true,
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    all.add(this);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** To the whole group, as Ctrl-C does. */
  killGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch {
      // It has ended.
    }
  }

  /** Fulfils when the text is on standard output; fails when the program ends without it. */
  prints(text: string): Promise<void> {
    return this.#has(text, 'stdout');
  }

  /** The same for standard error. */
  complains(text: string): Promise<void> {
    return this.#has(text, 'stderr');
  }

  async #has(text: string, stream: 'stdout' | 'stderr'): Promise<void> {
    const gone = this.ended.then(() => {
      if (!this[stream].includes(text)) throw new Error(`ended without '${text}':\n${this.stdout}${this.stderr}`);
    });
    while (!this[stream].includes(text)) await Promise.race([once(this.#child[stream], 'data'), gone]);
  }
}

const all = new Set<Program>();

/** Ends all programs of a test, whatever has become of them. */
export async function killPrograms(): Promise<void> {
  for (const program of all) {
    program.killGroup('SIGKILL');
    await program.ended;
  }
  all.clear();
}
