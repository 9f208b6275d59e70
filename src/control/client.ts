import { connect, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { readLines } from './lines.ts';
import type { Picture } from './picture.ts';
import { type Answer, type Greeting, lineOf, PROTOCOL, type Request } from './protocol.ts';

/** How long a process may take to say hello, in milliseconds: its event loop may be blocked. */
const PATIENCE = 3_000;

/** What the other side could not do. */
export class RemoteError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending {
  resolve(text: string): void;
  reject(error: Error): void;
}

/** The client's end of a control socket. */
export class ControlClient {
  readonly greeting: Greeting;
  /** Fulfils when the connection is over, whoever has ended it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #onPicture: (picture: Picture) => void = () => {};
  #last = 0;

  private constructor(socket: Socket, greeting: Greeting) {
    this.#socket = socket;
    this.greeting = greeting;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.once('close', () => {
      for (const { reject } of this.#pending.values()) reject(lost());
      this.#pending.clear();
    });
  }

  /**
   * @throws RemoteError when the process answers that it will not
   * @throws Error with Node's code when nobody can be reached there, and ETIMEDOUT when nobody says hello
   */
  static connect(path: string): Promise<ControlClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      const limit = setTimeout(() => socket.destroy(silent(path)), PATIENCE);
      let client: ControlClient | undefined;
      socket.on('error', reject);
      socket.once('close', () => {
        clearTimeout(limit);
        reject(lost());
      });
      readLines(socket, (line) => {
        const answer = answerOf(line);
        if (answer === undefined)
          socket.destroy(new RemoteError('EPROTO', `whoever listens at ${path} is no program of this kind`));
        else if (client !== undefined) client.#take(answer);
        else if (answer.kind === 'failed') reject(new RemoteError(answer.code, answer.message));
        else if (answer.kind === 'hello') {
          clearTimeout(limit);
          client = new ControlClient(socket, answer);
          resolve(client);
        }
      });
      socket.write(lineOf({ kind: 'hello', protocol: PROTOCOL, by: `${userName()}, pid ${process.pid}` }));
    });
  }

  /** Has a command done. @returns what it answers @throws RemoteError */
  command(words: readonly string[]): Promise<string> {
    return this.#ask((id) => ({ kind: 'command', id, words }));
  }

  /** @param onPicture called with the first picture at once, and then again and again */
  async watch(onPicture: (picture: Picture) => void): Promise<void> {
    this.#onPicture = onPicture;
    await this.#ask((id) => ({ kind: 'watch', id }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(request: (id: number) => Request): Promise<string> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(lost());
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(lineOf(request(id)));
    });
  }

  #take(answer: Answer): void {
    if (answer.kind === 'picture') this.#onPicture(answer.picture);
    if (answer.kind !== 'done' && answer.kind !== 'failed') return;
    const pending = this.#pending.get(answer.id ?? Number.NaN);
    this.#pending.delete(answer.id ?? Number.NaN);
    if (answer.kind === 'done') pending?.resolve(answer.text);
    else pending?.reject(new RemoteError(answer.code, answer.message));
  }
}

/** Undefined for what is none. */
function answerOf(line: string): Answer | undefined {
  try {
    const answer = JSON.parse(line);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** In a container a user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}

function lost(): RemoteError {
  return new RemoteError('ECONNRESET', 'the process has closed the connection');
}

function silent(path: string): Error {
  const message = `whoever listens at ${path} says nothing; its event loop may be blocked`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
