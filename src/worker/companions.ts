import { controlSocket } from '../control/control-socket.ts';
import { heapWatch } from '../crash/heap-watch.ts';
import { uncaughtErrors } from '../crash/uncaught.ts';
import { canCry, cryOnSignal } from '../cry/cry.ts';
import { httpPort } from '../http/http-port.ts';
import { httpSettings } from '../http/http-settings.ts';
import { journalling } from '../journal/journal-companion.ts';
import { checkOption } from '../option-check.ts';
import { redirected } from '../redirect/redirect.ts';
import { systemdCompanions } from '../systemd/systemd-companion.ts';
import { traces } from '../telemetry/traces.ts';
import { watchdog } from '../watchdog/watchdog.ts';
import { watchdogSettings } from '../watchdog/watchdog-settings.ts';
import type { Companion } from './companion.ts';
import { debugging } from './debugging.ts';
import { inspectorPort } from './inspector-port.ts';
import type { SignalName } from './process-signals.ts';
import { serviceLevels } from './service-levels.ts';
import type { WorkerOptions } from './worker-options.ts';

/** What of a Worker's options stands beside the program, in the order in which it is opened. @throws OptionError */
export function companionsOf(options: WorkerOptions, signals: readonly SignalName[]): Companion[] {
  const { debug = false, inspect = false, blockingTimeout = false, redirect = false, logLevels } = options;
  const { http = false, traces: isTraced, control = false, journal, systemd, uncaught = 'stop' } = options;
  checkOption(typeof debug === 'boolean', 'debug', 'true or false', debug);
  checkOption(isTraced === undefined || typeof isTraced === 'boolean', 'traces', 'true or false', isTraced);
  return [
    // First, so that what the others write is redirected too.
    ...(redirect === false ? [] : [redirected(redirect)]),
    ...(logLevels === undefined ? [] : [serviceLevels(logLevels)]),
    ...(journal === undefined ? [] : [journalling(journal)]),
    uncaughtErrors(uncaught),
    heapWatch,
    ...(canCry(signals) ? [cryOnSignal] : []),
    ...(debug ? [debugging] : []),
    ...(inspect === false ? [] : [inspectorPort(inspect)]),
    ...(blockingTimeout === false ? [] : [watchdog(watchdogSettings(blockingTimeout))]),
    ...(isTraced === false ? [] : [traces(isTraced)]),
    ...(http === false ? [] : [httpPort(httpSettings(http))]),
    ...(control === false ? [] : [controlSocket(control)]),
    ...systemdCompanions(systemd),
  ];
}
