/** A graph in DOT as an image. */

import { optionalPeer } from '../optional-peer.ts';

/** Graphviz itself, compiled to WebAssembly; loaded on first use. @throws LifecycleError with code LIFECYCLE_MISSING_PEER */
export async function renderSvg(dot: string): Promise<string> {
  const { Graphviz } = await optionalPeer('@hpcc-js/wasm-graphviz', 'toSvg()', () => import('@hpcc-js/wasm-graphviz'));
  const graphviz = await Graphviz.load();
  return graphviz.dot(dot);
}
