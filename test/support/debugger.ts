import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A debugger that talks to a program through Node's inspector. */
export class Debugger implements AsyncDisposable {
  readonly #socket: WebSocket;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @param text what the program has said: Node tells there where its inspector listens */
  static async attach(text: string): Promise<Debugger> {
    const socket = new WebSocket(/ws:\/\/\S+/.exec(text)?.[0] ?? 'nowhere');
    await once(socket, 'open');
    return new Debugger(socket);
  }

  /** Fulfils with the answer to a call of Chrome's DevTools protocol. */
  call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#last;
    const answer = this.#message((message) => message.id === id);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** Fulfils with the next such event. */
  event(method: string): Promise<unknown> {
    return this.#message((message) => message.method === method);
  }

  #message(isIt: (message: { id?: number; method?: string }) => boolean): Promise<unknown> {
    return new Promise((resolve) => {
      const look = (data: Buffer): void => {
        const message = JSON.parse(String(data));
        if (!isIt(message)) return;
        this.#socket.off('message', look);
        resolve(message);
      };
      this.#socket.on('message', look);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}
