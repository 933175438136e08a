/** The pages for users, literally: each command does, and prints, what the page says, and nothing stays behind. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missing, pageAt, pagesIn, play } from '../helpers/console-page.js';
import { FLOWS } from '../helpers/flow-program.js';

const ROOT = join(FLOWS, '..');
const PAGES = pagesIn(ROOT, 'README.md', 'docs/tutorial', 'docs/howto');

/** Against what hangs: hundreds of small programs start, and a loaded machine takes its time for each. */
const PATIENCE_MS = 600_000;

// Each in a world of its own, and most of the time waiting: side by side.
test.concurrent.each(PAGES)(
  '%s',
  async (name) => {
    const page = pageAt(join(ROOT, name));
    const { outcomes, left } = await play(page, ROOT, PATIENCE_MS);
    const wrong = page.commands.flatMap((command, i) => {
      const lacking = missing(command, outcomes[i]);
      const hasFailed = command.shown.length === 0 && outcomes[i].status !== 0;
      return lacking.length === 0 && !hasFailed ? [] : [{ command: command.text, lacking, outcome: outcomes[i] }];
    });
    expect(wrong).toEqual([]);
    expect(left.trim()).toBe('');
  },
  2 * PATIENCE_MS,
);
