import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { EventTail } from './event-tail.ts';
import { type LoopLoad, LoopMeter } from './loop-meter.ts';
import { type Picture, pictureOf } from './picture.ts';

/** How often a picture is made and the event loop is measured, in milliseconds. */
const EVERY = 1_000;

/** After something has happened a picture follows sooner: once per this many milliseconds. */
const SOON = 100;

type Viewer = (picture: Picture) => void;

/** Those who watch a program. While there is nobody, nothing is measured and nothing costs anything. */
export class Audience {
  readonly #lifecycle: Lifecycle;
  readonly #viewers = new Set<Viewer>();
  #tail: EventTail | undefined;
  #load: LoopLoad | undefined;
  #soon: NodeJS.Timeout | undefined;
  #close: () => void = () => {};

  constructor(lifecycle: Lifecycle) {
    this.#lifecycle = lifecycle;
  }

  /** It gets a picture at once. @returns the undo; calling it twice is harmless */
  add(viewer: Viewer): () => void {
    if (this.#viewers.size === 0) this.#open();
    this.#viewers.add(viewer);
    viewer(this.#picture());
    return () => {
      if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#close();
    };
  }

  #open(): void {
    const meter = new LoopMeter();
    const tail = new EventTail(this.#lifecycle, () => this.#showSoon());
    const undos = [meter.start(), tail.start()];
    const interval = setInterval(() => {
      this.#load = meter.sample();
      this.show();
    }, EVERY).unref();
    this.#tail = tail;
    this.#close = () => {
      clearInterval(interval);
      clearTimeout(this.#soon);
      for (const undo of undos) undo();
      this.#soon = undefined;
      this.#load = undefined;
    };
  }

  #showSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.show();
    }, SOON).unref();
  }

  /** Everybody gets a picture of this moment. */
  show(): void {
    if (this.#viewers.size === 0) return;
    const picture = this.#picture();
    for (const viewer of this.#viewers) viewer(picture);
  }

  #picture(): Picture {
    return pictureOf(this.#lifecycle, this.#load, this.#tail?.lines);
  }
}
