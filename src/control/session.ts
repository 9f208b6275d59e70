import type { Socket } from 'node:net';
import { LifecycleError, messageOf, OptionError } from '../errors.ts';
import type { RunningProgram } from '../worker/companion.ts';
import type { Audience } from './audience.ts';
import { perform } from './commands.ts';
import { readLines } from './lines.ts';
import { type Answer, type Greeting, LONGEST_LINE, lineOf, PROTOCOL, type Request, requestOf } from './protocol.ts';

/** How long somebody who has connected may take to say hello, in milliseconds. */
const PATIENCE = 10_000;

/** How many commands of one connection may be under way. */
const AT_A_TIME = 32;

/** What a client may leave unread before it is let go, in bytes. */
const BACKLOG = 8 * 1024 * 1024;

/** How much is kept of what a client calls itself. */
const NAME_LENGTH = 100;

/** One connection. Whatever comes in is answered, and nothing that comes in harms the program. */
export class Session {
  readonly #socket: Socket;
  readonly #program: RunningProgram;
  readonly #audience: Audience;
  readonly #greeting: Greeting;
  /** Who it is; undefined until it has said hello. */
  #by: string | undefined;
  #atWork = 0;
  #unwatch: () => void = () => {};

  constructor(socket: Socket, program: RunningProgram, audience: Audience, greeting: Greeting) {
    this.#socket = socket;
    this.#program = program;
    this.#audience = audience;
    this.#greeting = greeting;
    socket.unref();
    // A client that is gone is nothing to tell of.
    socket.on('error', () => {});
    socket.once('close', () => this.#unwatch());
    socket.setTimeout(PATIENCE, () => this.refuse(new OptionError('nobody has said hello')));
    readLines(
      socket,
      (line) => this.#take(line),
      LONGEST_LINE,
      () => this.refuse(new OptionError(`a request must be no longer than ${LONGEST_LINE} characters`)),
    );
  }

  /** Tells why, and leaves it to the other side to go: closed at once, it might never read that, since it is just writing. */
  refuse(error: Error): void {
    if (this.#socket.writableEnded) return;
    this.#unwatch();
    this.#fail(undefined, error);
    this.#socket.end();
    const late = setTimeout(() => this.#socket.destroy(), PATIENCE).unref();
    this.#socket.once('close', () => clearTimeout(late));
  }

  /** Ends it when what was said is sent. */
  end(): void {
    this.#unwatch();
    this.#socket.destroySoon();
  }

  #take(line: string): void {
    if (this.#socket.writableEnded) return;
    try {
      this.#serve(requestOf(line));
    } catch (error) {
      this.#fail(idOf(line), error);
    }
  }

  #serve(request: Request): void {
    if (request.kind === 'hello') this.#hello(request);
    else if (this.#by === undefined) this.refuse(new OptionError("the first request must be { kind: 'hello' }"));
    else if (request.kind === 'watch') this.#watch(request.id);
    else this.#command(request.id, request.words, this.#by);
  }

  #hello({ protocol, by }: Request & { kind: 'hello' }): void {
    if (protocol !== PROTOCOL) {
      const message = `protocol must be ${PROTOCOL}, got ${protocol}; attach with the version of inversify-lifecycle that the program has`;
      this.refuse(new OptionError(message));
      return;
    }
    this.#socket.setTimeout(0);
    this.#by = by.replaceAll(/\p{Cc}/gu, ' ').slice(0, NAME_LENGTH);
    this.#send(this.#greeting);
  }

  #watch(id: number): void {
    this.#send({ kind: 'done', id, text: '' });
    this.#unwatch();
    this.#unwatch = this.#audience.add((picture) => {
      // To one who does not keep up, the next one will tell more.
      if (!this.#socket.writableNeedDrain) this.#send({ kind: 'picture', picture });
    });
  }

  #command(id: number, words: readonly string[], by: string): void {
    if (this.#atWork >= AT_A_TIME) throw new OptionError(`${AT_A_TIME} commands are under way; wait for one of them`);
    this.#atWork += 1;
    perform(this.#program, words, by)
      .then(
        (text) => this.#send({ kind: 'done', id, text }),
        (error) => this.#fail(id, error),
      )
      .finally(() => {
        this.#atWork -= 1;
      });
  }

  #fail(id: number | undefined, error: unknown): void {
    const code = error instanceof LifecycleError ? error.code : 'ERROR';
    this.#send({ kind: 'failed', id, code, message: messageOf(error) });
  }

  #send(answer: Answer): void {
    if (this.#socket.writableEnded || this.#socket.destroyed) return;
    this.#socket.write(lineOf(answer));
    if (this.#socket.writableLength > BACKLOG) this.#socket.destroy();
  }
}

/** The id of a line that may be no request at all. */
function idOf(line: string): number | undefined {
  try {
    const { id } = JSON.parse(line);
    return typeof id === 'number' ? id : undefined;
  } catch {
    return undefined;
  }
}
