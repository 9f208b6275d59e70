import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

/** What systemd can be told; see sd_notify(3). */
export type Variable = 'READY' | 'STATUS' | 'STOPPING' | 'WATCHDOG' | 'EXTEND_TIMEOUT_USEC';

export type Message = Partial<Record<Variable, string | number>>;

/** What has become of a message. One that was interrupted, or has failed, may be told the next time. */
type Outcome =
  | { readonly kind: 'told' | 'interrupted' }
  | { readonly kind: 'failed' | 'impossible'; readonly problem: string };

/** A program that has not told systemd by then is ended, in milliseconds; it waits five seconds for systemd itself. */
const PATIENCE = 10_000;

/** After how long what was lost is told again, in milliseconds, unless there is more to tell before. */
const RETRY = 1_000;

/** The longest value, in bytes: systemd throws away a message of more than 4096. */
const LONGEST = 500;

/** What a whole unit is stopped with: the processes that tell systemd are of it. */
const STOPS: readonly (NodeJS.Signals | null)[] = ['SIGTERM', 'SIGINT'];

/**
 * Tells systemd by its program `systemd-notify`, since Node has no datagrams of Unix sockets. There is one at a time; what is
 * to be told meanwhile is told together, the last of each kind, and what was lost with it. Nobody waits for it, and it keeps
 * nothing alive.
 */
export class Notifications {
  readonly #env: NodeJS.ProcessEnv;
  readonly #failed: (problem: string, isForGood: boolean) => void;
  #next: Message | undefined;
  #isSending = false;
  /** Whether somebody knows of the failures since the last message that was told. */
  #isFailing = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;

  /**
   * @param socket where systemd listens
   * @param failed told of the first failure of several in a row, and whether nothing can be told ever
   */
  constructor(socket: string, failed: (problem: string, isForGood: boolean) => void) {
    this.#env = { ...process.env, NOTIFY_SOCKET: socket };
    this.#failed = failed;
  }

  tell(message: Message): void {
    if (this.#isClosed) return;
    this.#next = { ...this.#next, ...message };
    if (!this.#isSending) void this.#send();
  }

  /**
   * What is left to tell is told at once: the program may end before the one under way does. Nothing is tried again, and no
   * failure is told of.
   */
  close(): void {
    this.#isClosed = true;
    void this.#send();
  }

  async #send(): Promise<void> {
    clearTimeout(this.#retry);
    const message = this.#next;
    if (message === undefined) return;
    this.#next = undefined;
    this.#isSending = true;
    const outcome = await sent(message, this.#env);
    this.#isSending = false;
    if (outcome.kind === 'told') {
      this.#isFailing = false;
      void this.#send();
    } else if (!this.#isClosed) this.#lose(message, outcome);
  }

  #lose(message: Message, outcome: Outcome): void {
    if ('problem' in outcome && !this.#isFailing) {
      this.#isFailing = true;
      this.#failed(outcome.problem, outcome.kind === 'impossible');
    }
    if (outcome.kind === 'impossible') {
      this.#isClosed = true;
      return;
    }
    this.#next = { ...message, ...this.#next };
    this.#retry = setTimeout(() => void this.#send(), RETRY).unref();
  }
}

function sent(message: Message, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const args = Object.entries(message).map(([variable, value]) => `${variable}=${valueText(String(value))}`);
  const running = new Promise<Outcome>((resolve) => {
    // Its own words go to where the program's do.
    const child = spawn('systemd-notify', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.unref();
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE).unref();
    const over = (outcome: Outcome): void => {
      clearTimeout(impatience);
      resolve(outcome);
    };
    child.once('error', (error) => over(unspawned(error)));
    child.once('exit', (code, signal) => over(outcomeOf(code, signal)));
  });
  // With too little memory, or for too long a command, spawn throws.
  return running.catch(unspawned);
}

function outcomeOf(code: number | null, signal: NodeJS.Signals | null): Outcome {
  if (code === 0) return { kind: 'told' };
  if (STOPS.includes(signal)) return { kind: 'interrupted' };
  return { kind: 'failed', problem: `systemd-notify ended with ${signal ?? code}` };
}

function unspawned({ code, message }: NodeJS.ErrnoException): Outcome {
  if (code === 'ENOENT') return { kind: 'impossible', problem: 'there is no program systemd-notify' };
  return { kind: code === 'EACCES' ? 'impossible' : 'failed', problem: message };
}

/** A line of the protocol is one variable; the cut is not within a character. */
function valueText(text: string): string {
  const bytes = Buffer.from(text.replace(/\s*\p{Cc}+\s*/gu, ' '));
  if (bytes.length <= LONGEST) return bytes.toString();
  return `${new StringDecoder('utf8').write(bytes.subarray(0, LONGEST))}…`;
}
