/**
 * inversify-lifecycle: ordered start and stop of the services of an Inversify container.
 *
 * This is the package's only barrel.
 */
import './wiring.ts';

export { DependsOn, Managed } from '../decorators/managed.ts';
export { Supervised } from '../decorators/supervised.ts';
export { Background, Crontab, type TaskDecorator, Timer } from '../decorators/tasks.ts';
export { type TransitionDecorator, TransitionsTo } from '../decorators/transitions.ts';
export { type Clock, systemClock } from '../src/clock.ts';
export type { UncaughtPolicy } from '../src/crash/uncaught.ts';
export type { Duration } from '../src/duration.ts';
export { CrashError, type ErrorCode, LifecycleError, OptionError, StopError } from '../src/errors.ts';
export type { EventStream, WatchOptions } from '../src/events/event-stream.ts';
export type { LifecycleEvent, LifecycleListener } from '../src/events/lifecycle-event.ts';
export { fromFunction, fromPromise } from '../src/function-service.ts';
export { Graph } from '../src/graph/graph.ts';
export { GraphError } from '../src/graph/graph-error.ts';
export type { GraphEdge, GraphIssue, GraphIssueCode, GraphNode } from '../src/graph/model.ts';
export type { OnFirstStart, OnRestart, OnShutdown, OnStart, OnStarted, OnStop } from '../src/hooks.ts';
export { writeJournal } from '../src/journal/journal-writer.ts';
export type { Beacon } from '../src/lifecycle/beacon.ts';
export type { ServiceContext } from '../src/lifecycle/context.ts';
export { GuardError } from '../src/lifecycle/guard-error.ts';
export type { Health } from '../src/lifecycle/health.ts';
export { Lifecycle } from '../src/lifecycle/lifecycle.ts';
export type { LifecycleOptions, StartOptions, StopOptions, StopRequestOptions } from '../src/lifecycle/options.ts';
export { type ReportEntry, StartReport, StopReport, type WhatIf } from '../src/lifecycle/report.ts';
export type { ServiceStartTrace, ServiceStopTrace } from '../src/lifecycle/service-trace.ts';
export type { ServiceSnapshot } from '../src/lifecycle/snapshot.ts';
export { StartError, type StartErrorData } from '../src/lifecycle/start-error.ts';
export type { StateName } from '../src/lifecycle/state.ts';
export { HookError, HookTimeoutError } from '../src/lifecycle/step.ts';
export type { StopReason } from '../src/lifecycle/stop-reason.ts';
export type { SupervisorHandle } from '../src/lifecycle/supervisor-handle.ts';
export { consoleLogger, type Logger, type LogLevel, type LogThreshold } from '../src/log.ts';
export type { RedirectOptions } from '../src/redirect/settings.ts';
export { type Ref, RefError } from '../src/refs.ts';
export { Service } from '../src/service.ts';
export type { Connection, ConnectOptions } from '../src/signals/connections.ts';
export type { SignalContext, SyncSignalContext } from '../src/signals/sending.ts';
export { Signal, type SignalHandler, type SignalOptions } from '../src/signals/signal.ts';
export { SignalError, SignalTimeoutError } from '../src/signals/signal-error.ts';
export { SyncSignal, type SyncSignalHandler, type SyncSignalOptions } from '../src/signals/sync-signal.ts';
export type { HookName, ManagedOptions } from '../src/spec.ts';
export type { BackoffOptions } from '../src/supervision/backoff.ts';
export type { RestartOptions } from '../src/supervision/intensity.ts';
export { MaxRestartsExceeded } from '../src/supervision/max-restarts.ts';
export type {
  GroupOptions,
  RestartType,
  Strategy,
  SupervisedOptions,
  SupervisionOptions,
  SupervisorOptions,
} from '../src/supervision/policy.ts';
export { type NextRunOptions, nextRun } from '../src/tasks/cron-times.ts';
export type { LastRun, RunOutcome, TaskHandle, TaskKind, TaskSnapshot, TaskState } from '../src/tasks/handle.ts';
export type {
  BackgroundOptions,
  CrontabOptions,
  ScheduledOptions,
  TaskOptions,
  TimerOptions,
} from '../src/tasks/options.ts';
export { TaskRegistry } from '../src/tasks/registry.ts';
export type { TaskRunTrace } from '../src/tasks/run-trace.ts';
export type { SpawnedTask, TaskFunction } from '../src/tasks/spawned.ts';
export type { TaskContext } from '../src/tasks/task-context.ts';
export { TaskError } from '../src/tasks/task-error.ts';
export type { Tick } from '../src/tasks/ticks.ts';
export { traceLifecycle } from '../src/telemetry/traces.ts';
export type { EventWish, StateWish, Wait, Waitable, WaitOptions, WaitResult } from '../src/waitable.ts';
export type { SignalName } from '../src/worker/process-signals.ts';
export type { Runnable } from '../src/worker/runnable.ts';
export { Worker } from '../src/worker/worker.ts';
export type { LogFormat, WorkerLogLevel, WorkerOptions } from '../src/worker/worker-options.ts';
export type { DependsOnOption } from './declared.ts';
export { Lazy, type LazyIdentifier, lazy } from './lazy.ts';
export { LifecyclePlugin, lifecycle, type PluginOptions } from './plugin.ts';
export { ServiceContainer, type ServiceContainerOptions } from './service-container.ts';
