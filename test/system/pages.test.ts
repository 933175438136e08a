/** The how-to pages and tutorials, literally: each command does, and prints, what the page says. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandsOf, missing, play } from '../helpers/console-page.js';
import { FLOWS } from '../helpers/flow-program.js';

const ROOT = join(FLOWS, '..');
const PAGES = [
  'README.md',
  'docs/tutorial/conntrack.md',
  'docs/tutorial/nat.md',
  'docs/howto/lab.md',
  'docs/howto/switching.md',
  'docs/howto/change-a-running-switch.md',
  'docs/howto/firewall.md',
  'docs/howto/nat.md',
  'docs/howto/services.md',
  'docs/howto/tenants.md',
];

test.each(PAGES)('%s', async (page) => {
  const commands = commandsOf(join(ROOT, page));
  const outcomes = await play(commands, ROOT, 90_000);
  const wrong = commands.flatMap((command, i) => {
    const lacking = missing(command, outcomes[i]);
    const hasFailed = command.shown.length === 0 && outcomes[i].status !== 0;
    return lacking.length === 0 && !hasFailed ? [] : [{ command: command.text, lacking, outcome: outcomes[i] }];
  });
  expect(wrong).toEqual([]);
});
