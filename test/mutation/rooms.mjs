// The rooms of the code that are mutated, and for each the tests that answer for it: those that run without an application
// first, and the fast ones of those that run one.

export const ROOMS = {
  states: {
    code: ['src/lifecycle/{state,health,snapshot,stop-reason,flags}.ts'],
    tests: ['test/lifecycle/{state,health,flags,calls,crash,stop}.test.ts', 'test/supervision/health.test.ts'],
  },
  supervision: {
    code: ['src/supervision/*.ts'],
    tests: [
      'test/supervision/{by-hand,decide,groups,health,incidents,mode,one-for-one,optional,policy,strategies,supervisor,types}.test.ts',
      'test/tasks/background.test.ts',
      'test/container/supervisors.test.ts',
    ],
  },
  schedule: {
    code: ['src/tasks/{schedule,cron-times,ticks}.ts'],
    tests: ['test/tasks/{schedule,ticks,clock-jumps,computed,task-spec,registry}.test.ts'],
  },
  graph: {
    code: ['src/graph/*.ts'],
    tests: ['test/graph/*.test.ts'],
  },
};
