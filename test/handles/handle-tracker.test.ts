import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { ServiceContainer } from '../../container/index.ts';
import { HandleTracker } from '../../src/handles/handle-tracker.ts';
import { heldText } from '../../src/worker/exit-guard.ts';

const tracker = new HandleTracker();
let close = (): void => {};
const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  close();
  for (const timer of timers.splice(0)) clearTimeout(timer);
});

const hold = (): void => void timers.push(setTimeout(() => {}, 3_600_000));

function containerOf(service: object): ServiceContainer {
  const container = new ServiceContainer();
  container.bind('service').toConstantValue(service);
  return container;
}

/** By whom what was held was made. */
function owners(): (string | undefined)[] {
  return tracker
    .holding()
    .filter(([resource]) => timers.includes(resource as NodeJS.Timeout))
    .map(([, { owner }]) => owner && `${owner.service}.${owner.step}`);
}

describe('the tracker of handles', () => {
  it('is there only while start hooks run, and a moment longer', async () => {
    close = tracker.open(false);
    expect(tracker.isLooking).toBe(false);
    const seen: boolean[] = [];
    const look = (): void => void seen.push(tracker.isLooking);
    const container = containerOf({
      async onStart() {
        look();
        hold();
        await sleep(5);
        look();
      },
      onStop() {
        hold();
      },
    });
    await container.startAll();
    await sleep(400);
    expect(tracker.isLooking).toBe(false);
    hold();
    await container.stopAll();
    expect(seen).toEqual([true, true]);
    expect(owners()).toEqual(['service.onStart']);
  });

  it('is there all the time where that is asked for, until the end', async () => {
    close = tracker.open(true);
    expect(tracker.isLooking).toBe(true);
    const container = containerOf({ onStart() {}, onStop: hold });
    await container.startAll();
    await sleep(400);
    expect(tracker.isLooking).toBe(true);
    await container.stopAll();
    expect(owners()).toEqual(['service.onStop']);
    close();
    await sleep(400);
    expect(tracker.isLooking).toBe(false);
  });

  it('is never there without a Worker', async () => {
    const container = containerOf({ onStart: hold });
    await container.startAll();
    expect(tracker.isLooking).toBe(false);
    expect(owners()).toEqual([]);
    await container.stopAll();
  });

  it('forgets what is gone, and what has no reference does not count', async () => {
    close = tracker.open(false);
    const container = containerOf({
      onStart() {
        hold();
        hold();
        hold();
      },
    });
    await container.startAll();
    clearTimeout(timers[0]);
    timers[1]?.unref();
    expect(owners()).toEqual(['service.onStart']);
    timers[1]?.ref();
    expect(owners()).toHaveLength(2);
    await container.stopAll();
  });
});

describe('the end by force', () => {
  const owner = { service: 'Api', step: 'onStart' };
  const handle = { kind: 'server', about: '[::1]:80', owner, stack: [] };

  it('says what is held, and what to write where it has no owner', () => {
    const base = { after: 5_000, kinds: ['TCPServerWrap'], hasTracked: false };
    const first =
      'All is stopped, but something has kept the process alive for 5 s. It is ended by force; close what was opened in onStop, or with defer()';
    expect(heldText({ ...base, handles: [handle] })).toBe(`${first}:\n  server [::1]:80, made by Api (onStart)`);
    expect(heldText({ ...base, handles: [{ ...handle, owner: undefined }] })).toBe(
      `${first}:\n  server [::1]:80, of no known owner\nWhat is not made by a start hook has an owner only with the option trackHandles: true, which also shows where each was made.`,
    );
    expect(heldText({ ...base, hasTracked: true, handles: [{ ...handle, owner: undefined }] })).not.toContain(
      'trackHandles',
    );
    expect(heldText({ ...base, handles: [] })).toBe(`${first}:\n  TCPServerWrap`);
    expect(heldText({ ...base, handles: [], kinds: [] })).toBe(first);
  });
});
