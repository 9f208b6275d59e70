// The time of a whole process that imports this and nothing else: `import.mjs <bare|inversify|ours|...>`.
const [what] = process.argv.slice(2);
if (what !== 'bare') {
  await import('reflect-metadata');
  await import('inversify');
}
if (what === 'ours') await import('../../dist/container/index.js');
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ wall: performance.now(), cpu: (user + system) / 1_000 }));
