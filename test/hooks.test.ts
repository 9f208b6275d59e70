import { describe, expect, it } from 'vitest';
import { hooksOf, nearMisses } from '../src/hooks.ts';

describe('hooks', () => {
  it('are found by name, own or inherited', () => {
    class Base {
      onStart(): void {}
    }
    class Db extends Base {
      onStop(): void {}
    }
    expect([...hooksOf(new Db())]).toEqual(['onStart', 'onStop']);
    expect([...hooksOf(Db.prototype)]).toEqual(['onStart', 'onStop']);
    expect([...hooksOf({ onShutdown: () => {} })]).toEqual(['onShutdown']);
    expect([...hooksOf(Object.assign(Object.create(null), { onStart: () => {} }))]).toEqual(['onStart']);
  });

  it('are functions: other members of the name are none, and no getter is called', () => {
    let called = false;
    class Odd {
      onStop = 'text';
      get onStart(): unknown {
        called = true;
        return () => {};
      }
    }
    expect([...hooksOf(new Odd())]).toEqual([]);
    expect(called).toBe(false);
    class Shadowed {
      onStart(): void {}
    }
    expect([...hooksOf(Object.assign(new Shadowed(), { onStart: undefined }))]).toEqual([]);
  });
});

describe('near misses', () => {
  it.each([
    ['onstart', 'onStart'],
    ['OnStop', 'onStop'],
    ['onStopped', 'onStop'],
    ['onStarting', 'onStart'],
    ['onStrt', 'onStart'],
    ['onShutDown', 'onShutdown'],
    ['onShutdownHook', 'onShutdown'],
    ['onFirstStarted', 'onFirstStart'],
    ['onRestarted', 'onRestart'],
  ])('%s means %s', (name, meant) => {
    const prototype = { [name]() {} };
    expect(nearMisses(prototype)).toEqual([{ name, meant }]);
  });

  it.each(['onStart', 'onStarted', 'onMessage', 'start', 'stop', 'onStoreLoaded', 'onStartButtonClick', 'one'])(
    '%s is none',
    (name) => {
      expect(nearMisses({ [name]() {} })).toEqual([]);
    },
  );

  it('are looked for in what is inherited, and only among methods', () => {
    class Base {
      onstart(): void {}
    }
    class Db extends Base {}
    Object.defineProperty(Db.prototype, 'onstop', { value: 1 });
    expect(nearMisses(Db.prototype)).toEqual([{ name: 'onstart', meant: 'onStart' }]);
  });
});
