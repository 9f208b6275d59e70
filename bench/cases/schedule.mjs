// One program in two schedulers: `schedule.mjs <nest|ours>`. A job is due every 100 ms, takes 350 ms, and needs a database
// that takes 400 ms to close. Told: how many runs there were at once, how many began after the database was closed, and how
// many were still at it when the application said that it was stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../measure.mjs';

const [system] = process.argv.slice(2);
const seen = { atOnce: 0, late: 0, outliving: 0, runs: 0 };
let inHand = 0;
let isClosed = false;

class Db {
  async close() {
    isClosed = true;
    await sleep(400);
  }
}

class Job {
  async run() {
    seen.runs++;
    inHand++;
    seen.atOnce = Math.max(seen.atOnce, inHand);
    if (isClosed) seen.late++;
    await sleep(350);
    inHand--;
  }
}

const descriptorOf = (Class, name) => Object.getOwnPropertyDescriptor(Class.prototype, name);

const systems = {
  async nest() {
    const { Injectable, Module } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    const { Interval, ScheduleModule } = await import('@nestjs/schedule');
    Db.prototype.onModuleDestroy = Db.prototype.close;
    Injectable()(Db);
    Injectable()(Job);
    Reflect.defineMetadata('design:paramtypes', [Db], Job);
    Interval(100)(Job.prototype, 'run', descriptorOf(Job, 'run'));
    class App {}
    Module({ imports: [ScheduleModule.forRoot()], providers: [Db, Job] })(App);
    const app = await NestFactory.createApplicationContext(App, { logger: false });
    return () => app.close();
  },
  async ours() {
    const { injectable } = await import('inversify');
    const { ServiceContainer, Timer } = await import('../../dist/container/index.js');
    Db.prototype.onStop = Db.prototype.close;
    Reflect.defineMetadata('design:paramtypes', [Db], Job);
    injectable()(Db);
    injectable()(Job);
    Timer(100)(Job.prototype, 'run', descriptorOf(Job, 'run'));
    const container = new ServiceContainer().add(Db, Job);
    await container.startAll();
    return () => container.stopAll();
  },
};

await import('reflect-metadata');
const stop = await systems[system]();
await sleep(1_050);
await stop();
seen.outliving = inHand;
await sleep(600);
tell(seen);
process.exit();
