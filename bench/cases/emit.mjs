// Nanoseconds of one event: `emit.mjs <nobody|log|listener>`. Nobody listens to them at all; a container's own log does, which does
// not want them at its usual level; a listener of the application's does, which wants all.
import { ServiceContainer } from '../../dist/container/index.js';
import { tell, timed } from '../measure.mjs';

const [who] = process.argv.slice(2);
const TIMES = who === 'listener' ? 100_000 : 2_000_000;

const { lifecycle } = new ServiceContainer();
let heard = 0;
if (who === 'listener') lifecycle.on(() => heard++);
const events = who === 'nobody' ? new lifecycle.events.constructor(Date.now) : lifecycle.events;

const emits = {
  moved: (id) => events.emit({ kind: 'service:running', service: 'Db', from: 'starting' }, id),
  began: (id) => events.emit({ kind: 'task:began', service: 'Db', task: 'flush', run: id, lateness: 0 }, id),
  ended: (id) => {
    events.emit({ kind: 'task:ended', service: 'Db', task: 'flush', run: id, duration: 1, outcome: 'done' }, id);
  },
};

/** The best of several rounds: what is slower is the machine's doing. */
async function nanoseconds(emit) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round++) {
    const { cpu } = await timed(() => {
      for (let count = 0; count < TIMES; count++) emit(count);
    });
    best = Math.min(best, (cpu / TIMES) * 1e6);
  }
  return best;
}

const figures = {};
for (const [name, emit] of Object.entries(emits)) figures[name] = await nanoseconds(emit);
if (who === 'listener' && heard < TIMES) throw new Error('nobody has heard anything');
tell(figures);
