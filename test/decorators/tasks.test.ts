import { describe, expect, it } from 'vitest';
import { Managed } from '../../decorators/managed.ts';
import type { AnyClass } from '../../decorators/metadata.ts';
import { Background, Crontab, Timer, taskWordsOf } from '../../decorators/tasks.ts';

/** `timer flush`, in order. */
function tasksOf(Class: AnyClass): string[] {
  return taskWordsOf(Class).map(({ kind, method, options }) =>
    [kind, String(method.key), options.name].filter(Boolean).join(' '),
  );
}

describe('task decorators', () => {
  class Base {
    @Timer('1s')
    flush(): void {}

    @Crontab('@daily')
    report(): void {}

    @Background()
    loop(): void {}
  }

  it('say what they were given, in the order of definition, and leave no trace on the class', () => {
    const enabled = (): boolean => true;
    class Job {
      @Background({ enabled })
      last(): void {}

      @Timer(250, { jitter: 5 })
      first(): void {}
    }
    expect(taskWordsOf(Job)).toEqual([
      { kind: 'background', method: { key: 'last' }, options: { enabled } },
      { kind: 'timer', method: { key: 'first' }, interval: 250, options: { jitter: 5 } },
    ]);
    expect(Object.keys(Job)).toEqual([]);
    expect(taskWordsOf(class {})).toEqual([]);
  });

  it('are inherited, first; an override without one is still a task', () => {
    class Sub extends Base {
      override flush(): void {}

      @Timer('2s')
      more(): void {}
    }
    expect(tasksOf(Sub)).toEqual(['timer flush', 'crontab report', 'background loop', 'timer more']);
    expect(tasksOf(Base)).toEqual(['timer flush', 'crontab report', 'background loop']);
  });

  it('on an override replace what was said of that kind', () => {
    class Sub extends Base {
      @Timer('5s')
      override flush(): void {}

      @Timer('1m')
      override report(): void {}
    }
    expect(tasksOf(Sub)).toEqual(['crontab report', 'background loop', 'timer flush', 'timer report']);
    const flush = taskWordsOf(Sub).find(({ method }) => method.key === 'flush');
    expect(flush).toMatchObject({ interval: '5s' });
  });

  it('may stand twice on one method', () => {
    class Twice {
      @Timer('1s', { name: 'often' })
      @Timer('1h', { name: 'seldom' })
      @Crontab('@daily', { name: 'nightly' })
      work(): void {}
    }
    expect(new Set(tasksOf(Twice))).toEqual(new Set(['crontab work nightly', 'timer work seldom', 'timer work often']));
  });

  it('work on methods with symbols for names, in mixins, and beside @Managed', () => {
    const key = Symbol('tick');
    const mixin = (Parent: typeof Base) => {
      @Managed({ name: 'mixed' })
      class Mixed extends Parent {
        @Timer(5)
        [key](): void {}
      }
      return Mixed;
    };
    expect(tasksOf(mixin(Base))).toEqual(['timer flush', 'crontab report', 'background loop', 'timer Symbol(tick)']);
  });

  it('see to it that functions are given the class they were written for', () => {
    class Job {
      private readonly every = 5;

      @Timer((self: Job) => self.every, { enabled: (self) => self.every > 1 })
      tick(): void {}
    }
    const [word] = taskWordsOf(Job);
    expect(word?.kind === 'timer' && typeof word.interval === 'function' && word.interval(new Job())).toBe(5);
  });
});

describe.each([
  ['@Timer', Timer('1s')],
  ['@Crontab', Crontab('@daily')],
  ['@Background', Background()],
])('%s on anything but a method of instances', (name, decorator) => {
  const misused = decorator as unknown as (...args: unknown[]) => void;
  class Job {}
  const { prototype } = Job;

  it.each<[string, unknown[], string]>([
    ['a class', [Job], 'got a class'],
    ['a static method', [Job, 'make', { value() {} }], 'got the static member make of Job'],
    ['a getter', [prototype, 'size', { get: () => 1 }], 'got the accessor Job.size'],
    ['a setter', [prototype, 'size', { set() {} }], 'got the accessor Job.size'],
    ['a field', [prototype, 'field'], 'got the field Job.field'],
    ['a field, as newer compilers do', [prototype, 'field', undefined], 'got the field Job.field'],
    ['a value that is no function', [prototype, 'answer', { value: 42 }], 'got Job.answer, which is no function'],
    ['a parameter', [prototype, 'flush', 0], 'got the field Job.flush'],
    ['nothing', [], 'got something else'],
    ['a TC39 class', [Job, { kind: 'class', name: 'Job', metadata: {} }], 'got the class Job'],
    [
      'a TC39 static method',
      [() => {}, { kind: 'method', static: true, name: 'make', metadata: {} }],
      'got the static method make',
    ],
    ['a TC39 getter', [() => {}, { kind: 'getter', name: 'size', metadata: {} }], 'got the getter size'],
    ['a TC39 field', [undefined, { kind: 'field', name: 'field', metadata: {} }], 'got the field field'],
    ['a TC39 accessor', [{}, { kind: 'accessor', name: 'size', metadata: {} }], 'got the accessor size'],
  ])('is a TypeError: %s', (_, args, text) => {
    expect(() => misused(...args)).toThrow(TypeError);
    expect(() => misused(...args)).toThrow(`${name} decorates methods of instances, ${text}; write it above a method`);
  });
});
