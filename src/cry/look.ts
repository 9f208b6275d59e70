/** Looks at a program and its process; nothing is made or changed by that. */

import { performance } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';
import { heapLevel } from '../crash/heap-watch.ts';
import { handleTracker, type Origin, PACKAGE } from '../handles/handle-tracker.ts';
import { liveHandles } from '../handles/live-handles.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { snapshotOf } from '../lifecycle/snapshot.ts';
import type { State } from '../lifecycle/state.ts';
import { reasonText } from '../lifecycle/stop-reason.ts';
import type { Unit } from '../lifecycle/unit.ts';
import type { CrySnapshot, MemoryCry, ServiceCry, StepCry, SupervisorCry, ThreadCry } from './cry-snapshot.ts';

export function lookAt(lifecycle: Lifecycle): CrySnapshot {
  const units = [...lifecycle.runningGraph.units];
  const now = lifecycle.clock.now();
  const { appState } = lifecycle;
  return {
    at: lifecycle.clock.date(),
    process: {
      pid: process.pid,
      node: process.version,
      uptime: process.uptime() * 1_000,
      command: process.argv.slice(1).join(' '),
    },
    state: appState.at,
    stateFor: lengthOf(appState, now),
    reason: whyOf(appState),
    health: lifecycle.health(),
    graph: `${lifecycle.graph()}`,
    services: units.filter(({ spec }) => spec !== undefined).map((unit) => serviceCry(unit, now)),
    underWay: units
      .filter(({ start, stop }) => start !== undefined || stop !== undefined)
      .map((unit) => stepCry(unit, now)),
    tasks: Array.from(lifecycle.tasks, (task) => task.snapshot()),
    supervisors: supervisorCries(lifecycle, units, now),
    handles: liveHandles(),
    memory: memoryCry(),
    utilisation: performance.eventLoopUtilization().utilization,
    threads: handleTracker.threads().map(threadCry),
  };
}

function lengthOf(state: State, now: number): number | undefined {
  return state.at === 'idle' ? undefined : now - state.since;
}

function whyOf(state: State): string {
  if (state.at === 'crashed') return state.error.message;
  return state.at === 'stopping' ? reasonText(state.reason) : '';
}

function serviceCry(unit: Unit, now: number): ServiceCry {
  const { name, state, restarts, flags, crashReason } = snapshotOf(unit);
  const { attempt } = unit;
  const isToTry = state === 'restarting' && attempt !== undefined;
  return {
    name,
    state,
    stateFor: lengthOf(unit.state, now),
    restarts,
    flags,
    failure: crashReason?.message,
    nextTry: isToTry ? { count: attempt.count, max: attempt.max, wait: Math.max(0, attempt.due - now) } : undefined,
  };
}

function stepCry(unit: Unit, now: number): StepCry {
  const actor = unit.stop ?? unit.start;
  const { inHand } = actor ?? {};
  const isStopping = unit.state.at === 'stopping';
  return {
    service: unit.label,
    state: unit.state.at,
    stateFor: lengthOf(unit.state, now) ?? 0,
    step: inHand && { name: inHand.name, lasting: now - inHand.began },
    tasks: isStopping ? [...(unit.life?.tasks ?? [])].filter(({ busy }) => busy).map(({ name }) => name) : [],
    awaitedBy: actor?.awaitedBy() ?? [],
  };
}

/** Those with a name of their own, and those of single services. */
function supervisorCries({ supervisors }: Lifecycle, units: readonly Unit[], now: number): SupervisorCry[] {
  const all = new Set(supervisors.named);
  for (const unit of units) {
    const own = unit.spec === undefined ? undefined : supervisors.of(unit);
    if (own !== undefined) all.add(own);
  }
  return [...all].map((supervisor) => {
    const { strategy, intensity } = supervisor.policy;
    const count = supervisor.countAt(now);
    return { name: supervisor.name, strategy, count, ...intensity, inARow: supervisor.inARow };
  });
}

function memoryCry(): MemoryCry {
  const { rss: resident, external, arrayBuffers: buffers } = process.memoryUsage();
  const { used: heapUsed, limit: heapLimit } = heapLevel();
  return { resident, heapUsed, heapLimit, external, buffers };
}

function threadCry([thread, { owner }]: [Worker, Origin]): ThreadCry {
  return {
    id: thread.threadId,
    owner,
    // The package's own waits in `Atomics.wait`, which counts as busy.
    utilisation: owner?.service === PACKAGE ? undefined : thread.performance.eventLoopUtilization().utilization,
    heapLimit: thread.resourceLimits?.maxOldGenerationSizeMb,
  };
}
