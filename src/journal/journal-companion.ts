import { checkOption } from '../option-check.ts';
import type { Companion } from '../worker/companion.ts';

/** Writes the journal of the program. @throws OptionError for what is no path */
export function journalling(file: string): Companion {
  checkOption(typeof file === 'string' && file !== '', 'journal', 'a path', file);
  return async ({ lifecycle }) => {
    const { writeJournal } = await import('./journal-writer.ts');
    return writeJournal(lifecycle, file);
  };
}
