import { type ChildProcess, spawn } from 'node:child_process';

/** What systemd can be told; see sd_notify(3). */
export type Variable = 'READY' | 'STATUS' | 'STOPPING' | 'WATCHDOG' | 'EXTEND_TIMEOUT_USEC';

export type Message = Partial<Record<Variable, string | number>>;

/** A program that has not told systemd by then is ended, in milliseconds; it waits five seconds for systemd itself. */
const PATIENCE = 10_000;

/**
 * Tells systemd by its program `systemd-notify`, since Node has no datagrams of Unix sockets. There is one at a time; what is
 * to be told meanwhile is told together, the last of each kind. Nobody waits for it, and it keeps nothing alive.
 */
export class Notifications {
  readonly #env: NodeJS.ProcessEnv;
  readonly #failed: (problem: string) => void;
  #child: ChildProcess | undefined;
  #next: Message | undefined;
  #isGone = false;

  /**
   * @param socket where systemd listens
   * @param failed told once that nothing can be told
   */
  constructor(socket: string, failed: (problem: string) => void) {
    this.#env = { ...process.env, NOTIFY_SOCKET: socket };
    this.#failed = failed;
  }

  tell(message: Message): void {
    if (this.#isGone) return;
    this.#next = { ...this.#next, ...message };
    if (this.#child === undefined) this.#send();
  }

  #send(): void {
    const message = this.#next;
    if (message === undefined || this.#isGone) return;
    this.#next = undefined;
    const args = Object.entries(message).map(([variable, value]) => `${variable}=${oneLine(String(value))}`);
    // Its own words go to where the program's do.
    const child = spawn('systemd-notify', args, { env: this.#env, stdio: ['ignore', 'ignore', 'inherit'] });
    this.#child = child;
    child.unref();
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE).unref();
    const over = (problem?: string): void => {
      clearTimeout(impatience);
      if (this.#child !== child) return;
      this.#child = undefined;
      if (problem === undefined) this.#send();
      else this.#giveUp(problem);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      over(error.code === 'ENOENT' ? 'there is no program systemd-notify' : error.message);
    });
    child.once('exit', (code, signal) => {
      over(code === 0 ? undefined : `systemd-notify ended with ${signal ?? code}`);
    });
  }

  #giveUp(problem: string): void {
    this.#isGone = true;
    this.#failed(problem);
  }
}

/** A line of the protocol is one variable. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
