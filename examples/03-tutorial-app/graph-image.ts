import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ServiceContainer } from 'inversify-lifecycle';

const FILE = process.env.GRAPH ?? fileURLToPath(new URL('graph.svg', import.meta.url));

/** A picture of what the application is made of; the colours are the states that its services are in. */
export class GraphImage {
  readonly #container: ServiceContainer;

  constructor(container: ServiceContainer) {
    this.#container = container;
  }

  /** @returns where it is */
  async draw(): Promise<string> {
    await writeFile(FILE, await this.#container.graph().toSvg());
    return relative('.', FILE);
  }
}
