// A program of somebody who has this package, Inversify and TypeScript, and nothing else: not even the types of Node.
// It is compiled against what is published, with all declarations checked.
import { injectable } from 'inversify';
import { lifecycle, Managed, ServiceContainer, type ServiceContext } from 'inversify-lifecycle';
import { ManualClock } from 'inversify-lifecycle/testing';

@Managed({ startTimeout: '1s' })
@injectable()
class Store {
  readonly lines: string[] = [];

  onStart({ defer }: ServiceContext): void {
    defer(() => this.lines.push('closed'));
  }
}

await using container = new ServiceContainer({ lifecycle: { clock: new ManualClock() } }).add(Store);
const report = await container.startAll();
export const names: readonly string[] = report.entries.map(({ name }) => name);
export const { state } = lifecycle(container).get(Store);
