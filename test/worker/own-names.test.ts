import { expect, it } from 'vitest';
import { besideOwn } from '../../src/worker/own-names.ts';

it('fields that are called as what a line has of its own are given another name', () => {
  const own = {
    level: 'gold',
    time: '12:00',
    pid: 1,
    hostname: 'h',
    name: 'Bob',
    service: 'redis',
    depth: -1,
    task: 't',
  };
  expect(Object.keys(besideOwn({ ...own, port: 1 }))).toEqual([
    'level_',
    'time_',
    'pid_',
    'hostname_',
    'name_',
    'service_',
    'depth_',
    'task_',
    'port',
  ]);
  expect(besideOwn({ pid_: 1, pid: 2, pid__: 3 })).toEqual({ pid_: 1, pid___: 2, pid__: 3 });
});

it('all others stay as they are', () => {
  const fields = { port: 1, msg: 'hello', err: new Error('lost') };
  expect(besideOwn(fields)).toBe(fields);
});
