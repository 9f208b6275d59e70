import { describe, expect, it } from 'vitest';
import { LifecycleError, OptionError } from '../../src/errors.ts';
import { GraphError } from '../../src/graph/graph-error.ts';
import { StartError } from '../../src/lifecycle/start-error.ts';
import { HookError, HookTimeoutError } from '../../src/lifecycle/step.ts';
import { RefError } from '../../src/refs.ts';
import { TaskError } from '../../src/tasks/task-error.ts';
import { codeOfSignal, codeOfStart, codeOfStop } from '../../src/worker/exit-code.ts';

const late = new HookTimeoutError('LIFECYCLE_HOOK_TIMEOUT', 'late');
const failed = new HookError('LIFECYCLE_HOOK_FAILED', 'failed');

describe('the exit code', () => {
  it.each<[string, unknown, number]>([
    ['a failed start', new StartError('LIFECYCLE_START_FAILED', 'no'), 1],
    ['a fault of the graph', new GraphError([]), 1],
    ['anything else that is thrown', 'no', 1],
    ['an option that makes no sense', new OptionError('no'), 2],
    ['a ref that is unknown', new RefError('LIFECYCLE_UNKNOWN_REF', 'no'), 2],
    ['a start that ran out of time', new StartError('LIFECYCLE_START_TIMEOUT', 'no'), 75],
    ['a service that was too slow', new StartError('LIFECYCLE_START_FAILED', 'no', {}, { cause: late }), 75],
    ['a start that was stopped, told by another copy', new LifecycleError('LIFECYCLE_START_ABORTED', 'no'), 0],
    ['a start that was stopped', new StartError('LIFECYCLE_START_ABORTED', 'no', { reason: { kind: 'requested' } }), 0],
    [
      'a start that a crash called off',
      new StartError('LIFECYCLE_START_ABORTED', 'no', { reason: { kind: 'crash' } }),
      1,
    ],
  ])('of %s', (_, error, code) => {
    expect(codeOfStart(error)).toBe(code);
  });

  it.each<[string, Error[], number]>([
    ['all went well', [], 0],
    ['a hook failed', [failed], 1],
    ['a hook was left behind', [failed, late], 124],
    ['a task was left behind', [new TaskError('LIFECYCLE_TASK_TIMEOUT', 'late')], 124],
    ['a task failed on the way', [new TaskError('LIFECYCLE_TASK_FAILED', 'failed')], 1],
  ])('of a stop in which %s', (_, errors, code) => {
    expect(codeOfStop(errors)).toBe(code);
  });

  it('of a signal is what shells expect', () => {
    expect([codeOfSignal(2), codeOfSignal(15)]).toEqual([130, 143]);
  });
});
