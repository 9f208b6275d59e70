import type { RunningProgram } from '../worker/companion.ts';
import { pictureOf } from './picture.ts';
import { healthText, servicesText, tasksText } from './picture-text.ts';

/** All that is known of the program at this moment, as a text to be sent to somebody. */
export async function cryText({ lifecycle }: RunningProgram): Promise<string> {
  const picture = pictureOf(lifecycle);
  const sections = [
    `pid ${process.pid}, Node ${process.version}, the application is ${picture.state}`,
    healthText(picture.health),
    servicesText(picture),
    tasksText(picture),
    `${lifecycle.graph()}`,
  ];
  return sections.join('\n\n');
}
