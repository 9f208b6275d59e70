// Every option of @Timer once. The application runs on a clock that the program moves by hand, so that its ten seconds take
// no time and look the same in each run; with `clock` left out it would run on the machine's.
import { injectable } from 'inversify';
import { ServiceContainer, type TaskContext, TaskRegistry, Timer } from 'inversify-lifecycle';
import { ManualClock } from 'inversify-lifecycle/testing';

const clock = new ManualClock();
const began = clock.date();
let isUp = true;

function tell({ name, run, scheduledAt, lateness }: TaskContext): void {
  const columns = [clock.date() - began, scheduledAt - began, lateness].map((ms) =>
    (ms / 1_000).toFixed(1).padStart(6),
  );
  console.log(`${columns.join('  ')}    ${name}, run ${run}`);
}

@injectable()
class Jobs {
  readonly every = '4s';

  /** Due at 3 s, 6 s, 9 s, however long a run takes. */
  @Timer('3s')
  async plain(context: TaskContext): Promise<void> {
    tell(context);
    await context.sleep('1s');
  }

  /** The first run at once, and a name of its own. */
  @Timer('5s', { immediate: true, name: 'first' })
  atOnce(context: TaskContext): void {
    tell(context);
  }

  /** An interval that is computed from the service, when it starts. */
  @Timer((self: Jobs) => self.every)
  computed(context: TaskContext): void {
    tell(context);
  }

  /** Three seconds after the last one has finished: due at 3 s, 8 s. */
  @Timer('3s', { every: 'delay' })
  async delayed(context: TaskContext): Promise<void> {
    tell(context);
    await context.sleep('2s');
  }

  /** What is due meanwhile is left out ('skip'), held ('queue'), or runs beside it: */
  @Timer('2s', { overlap: { max: 2 } })
  async overlapping(context: TaskContext): Promise<void> {
    tell(context);
    await context.sleep('3s');
  }

  /** After a block of the event loop one run makes up for what was missed. */
  @Timer('1s', { missed: 'runOnce', enabled: () => true })
  missed(context: TaskContext): void {
    if (context.lateness > 0) tell(context);
  }

  /** Up to a second later than due, so that many machines do not all come at once. */
  @Timer('5s', { jitter: '1s' })
  jittered(context: TaskContext): void {
    tell(context);
  }

  /** Half a second, or it is a failure; told of by onError, and with more than two in a row the service would crash. */
  @Timer('4s', { timeout: '500ms', restart: { max: 2 }, onError: (error) => console.log(`${' '.repeat(26)}${error}`) })
  async limited(context: TaskContext): Promise<void> {
    tell(context);
    if (isUp) await context.sleep('2s');
    isUp = false;
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const container = new ServiceContainer({ lifecycle: { clock, random: () => 0.5, logger: silent } }).add(Jobs);
console.log('  time     due    late    (seconds)');
await container.startAll();
await clock.advance(9_500);
console.log('(now the event loop is blocked, for three seconds)');
clock.block(3_000);
await clock.advance(500);

console.log('\n  runs  failed  overlp  missed    task');
for (const task of container.get(TaskRegistry)) {
  const { name, runs, failures, overlaps, missed } = task.snapshot();
  console.log(`${[runs, failures, overlaps, missed].map((count) => String(count).padStart(6)).join('  ')}    ${name}`);
}
await container.stopAll();
