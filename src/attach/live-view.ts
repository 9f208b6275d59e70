import type { ControlClient } from '../control/client.ts';
import type { Picture } from '../control/picture.ts';
import { messageOf } from '../errors.ts';
import { EXIT } from '../worker/exit-code.ts';
import { Screen } from './screen.ts';
import { firstView, isQuit, type Key, press, type View } from './view.ts';
import { viewLines, waitingLines } from './view-lines.ts';

/**
 * Shows the program on the terminal, and does what its keys say, until somebody leaves it or it ends.
 *
 * @returns the exit code
 * @throws RemoteError when the program will not be watched
 */
export async function liveView(client: ControlClient, screen: Screen = new Screen()): Promise<number> {
  const live = new LiveView(client, screen);
  const leave = screen.open({
    key: (key) => live.press(key),
    resized: () => live.draw(),
    ended: () => live.quit(),
  });
  const over = Promise.race([live.left, client.closed]);
  try {
    live.draw();
    // A program whose event loop is blocked does not answer.
    await Promise.race([over, client.watch((picture) => live.show(picture)).then(() => over)]);
  } finally {
    leave();
    process.stdin.unref();
  }
  if (live.isLeft) return EXIT.ok;
  const { state } = live;
  if (state === 'stopped') console.log('The program has stopped.');
  else console.error('The connection is lost: the program has ended, or its control socket was closed.');
  return state === 'stopped' ? EXIT.ok : EXIT.failed;
}

class LiveView {
  readonly left: Promise<void>;
  isLeft = false;
  readonly #client: ControlClient;
  readonly #screen: Screen;
  readonly #hasColour = !process.env.NO_COLOR;
  #view: View | undefined;
  #leave: () => void = () => {};

  constructor(client: ControlClient, screen: Screen) {
    this.#client = client;
    this.#screen = screen;
    this.left = new Promise((resolve) => {
      this.#leave = resolve;
    });
  }

  /** What the program was at last. */
  get state(): Picture['state'] | undefined {
    return this.#view?.picture.state;
  }

  show(picture: Picture): void {
    this.#view = this.#view === undefined ? firstView(this.#client.greeting, picture) : { ...this.#view, picture };
    this.draw();
  }

  press(key: Key): void {
    if (this.#view === undefined) {
      if (isQuit(key)) this.quit();
      return;
    }
    const { view, act } = press(this.#view, key);
    this.#view = view;
    if (act?.kind === 'quit') this.quit();
    else if (act?.kind === 'command') void this.#command(act.words);
    this.draw();
  }

  quit(): void {
    this.isLeft = true;
    this.#leave();
  }

  draw(): void {
    if (this.isLeft) return;
    const { size } = this.#screen;
    this.#screen.draw(
      this.#view === undefined
        ? waitingLines(this.#client.greeting, size, this.#hasColour)
        : viewLines(this.#view, size, this.#hasColour),
    );
  }

  async #command(words: readonly string[]): Promise<void> {
    const written = words.join(' ');
    this.#tell(`${written}...`, false);
    try {
      const text = await this.#client.command(words);
      if (text.includes('\n')) this.#turnTo(text);
      else this.#tell(text, false);
    } catch (error) {
      this.#tell(`${written}: ${messageOf(error)}`, true);
    }
  }

  #tell(text: string, isBad: boolean): void {
    if (this.#view !== undefined) this.#view = { ...this.#view, message: { text, isBad } };
    this.draw();
  }

  #turnTo(text: string): void {
    if (this.#view !== undefined)
      this.#view = { ...this.#view, message: undefined, page: { lines: text.split('\n'), top: 0 } };
    this.draw();
  }
}
