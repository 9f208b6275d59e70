import { once } from 'node:events';
import { injectable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { Background, ServiceContainer, type TaskContext, Timer } from '../../container/index.ts';
import { perform } from '../../src/control/commands.ts';
import { consoleLogger } from '../../src/log.ts';
import { programOf } from '../support/program-of.ts';

@injectable()
class Db {
  onStart(): void {}

  @Timer('1h')
  sweep(_: TaskContext): void {}

  @Background()
  async consume({ signal }: TaskContext): Promise<void> {
    await once(signal, 'abort');
  }
}

async function started() {
  const container = new ServiceContainer({ lifecycle: { logger: consoleLogger('error') } }).add(Db);
  await container.startAll();
  const { program } = programOf(container.lifecycle);
  const ask = (...words: readonly string[]): Promise<string> => perform(program, words, 'ada');
  return { container, ask, [Symbol.asyncDispose]: async () => void (await container.stopAll()) };
}

describe('a command', () => {
  it.each([[['restart', 'Dbb']], [['start', 'Dbb']], [['stop', 'Dbb']], [['log-level', 'debug', 'Dbb']]])(
    '%j of a service that is not there says so, in the words of operators',
    async (words) => {
      await using program = await started();
      const answer = program.ask(...words);
      await expect(answer).rejects.toThrow(/^there is no service Dbb\. Did you mean Db\?$/);
      await expect(answer).rejects.toMatchObject({ code: 'LIFECYCLE_UNKNOWN_REF' });
    },
  );

  it.each([
    [['log-level', 'debgu'], "there is no level 'debgu'. Did you mean debug?"],
    [['graph', 'dott'], "there is no format 'dott'. Did you mean dot?"],
  ])('%j fails without its own name, which whoever tells of it says', async (words, text) => {
    await using program = await started();
    await expect(program.ask(...words)).rejects.toThrow(expect.objectContaining({ message: text }));
  });

  it('that runs a task waits for the end, but not for that of a background task', async () => {
    await using program = await started();
    expect(await program.ask('trigger', 'Db.sweep')).toMatch(/^Db\.sweep took /);
    expect(await program.ask('trigger', 'Db.consume')).toBe('Db.consume runs already, and goes on.');
    expect(program.container.lifecycle.tasks.get('Db.consume').snapshot().runs).toBe(1);
  });

  it('that runs a task of a service that is down is refused', async () => {
    await using program = await started();
    await program.ask('stop', 'Db');
    await expect(program.ask('trigger', 'Db.consume')).rejects.toMatchObject({ code: 'LIFECYCLE_NOT_RUNNING' });
  });
});
