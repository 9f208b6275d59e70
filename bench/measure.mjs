// What a case tells the harness: one line of JSON, names to numbers.

/** Runs the work and gives its milliseconds on the wall and on the processor. */
export async function timed(work) {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const value = await work();
  const wall = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  return { value, wall, cpu: (user + system) / 1_000 };
}

export function tell(figures) {
  console.log(JSON.stringify(figures));
}
