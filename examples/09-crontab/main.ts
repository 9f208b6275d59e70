// Cron tasks: five fields, or six with seconds in front, in a time zone. Where clocks change, a fixed time of day comes once,
// and a pattern that repeats comes as often as it really does. On a clock that is moved by hand, to the days that matter.
import { injectable } from 'inversify';
import { Crontab, nextRun, ServiceContainer, type TaskContext } from 'inversify-lifecycle';
import { ManualClock } from 'inversify-lifecycle/testing';

const BERLIN = { timeZone: 'Europe/Berlin' };
const local = (date: number | Date): string =>
  new Date(date).toLocaleString('sv', { ...BERLIN, timeZoneName: 'shortOffset' });

@injectable()
class Reports {
  /** At half past two, which comes twice on one night of the year, and not at all on another. */
  @Crontab('30 2 * * *', BERLIN)
  nightly({ scheduledAt }: TaskContext): void {
    console.log(`nightly  ${local(scheduledAt)}`);
  }

  /** Every thirty minutes of the hours before four. */
  @Crontab('*/30 2-3 * * *', BERLIN)
  often({ scheduledAt }: TaskContext): void {
    console.log(`often    ${local(scheduledAt)}`);
  }
}

async function night(date: string): Promise<void> {
  console.log(`\n${date}`);
  const clock = new ManualClock(Date.parse(`${date}T00:00:00+01:00`) - 3_600_000);
  const container = new ServiceContainer({ lifecycle: { clock } }).add(Reports);
  await container.startAll();
  await clock.advance(6 * 3_600_000);
  await container.stopAll();
}

await night('2026-03-29'); // at two o'clock it is three
await night('2026-10-25'); // at three o'clock it is two again

console.log('\nthe next 29th of February:');
const from = new Date('2026-11-24T12:00:00Z');
console.log(local(nextRun('0 0 29 2 *', { ...BERLIN, from }) ?? 0));
