// The rooms of the code that are mutated, and for each the tests that answer for it: not all that come by it, but those
// that say what it is to do, and are quick at it.

export const ROOMS = {
  states: {
    code: ['src/lifecycle/{state,health,snapshot,stop-reason,flags}.ts'],
    tests: ['test/lifecycle/{state,health,snapshot,stop-reason,flags}.test.ts'],
  },
  supervision: {
    code: ['src/supervision/*.ts'],
    tests: ['test/supervision/{decide,policy,supervisor,supervisors,intensity,incidents}.test.ts'],
  },
  schedule: {
    code: ['src/tasks/{schedule,cron-times,ticks}.ts'],
    tests: ['test/tasks/{schedule,ticks,task-spec,computed}.test.ts'],
  },
  graph: {
    code: ['src/graph/*.ts'],
    tests: ['test/graph/{critical-path,cycles,drawings,format,graph,lazy-loading,tree}.test.ts'],
  },
};
