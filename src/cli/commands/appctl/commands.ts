/** The commands of a running switch: those that one has, or else those that ours would have. */

import { runCommand, socketPath } from '../../../unixctl/client.js';
import { DESCRIPTIONS } from '../../../unixctl/descriptions.js';
import type { DaemonPlace, VerbUsage } from '../../command.js';

/** None where nobody is asked: they are the running switch's. */
export async function commandsOf(place: DaemonPlace | null): Promise<Record<string, VerbUsage>> {
  if (place === null) return {};
  const usages = await ask(place);
  const rows = usages ?? Object.fromEntries(Object.keys(DESCRIPTIONS).map((name) => [name, '']));
  return Object.fromEntries(Object.entries(rows).map(([name, words]) => [name, usage(name, words)]));
}

/** Placeholders are in lower case there, words to be typed as they are hardly occur. */
function usage(name: string, words: string): VerbUsage {
  const describe = Object.hasOwn(DESCRIPTIONS, name) ? { describe: DESCRIPTIONS[name]! } : {};
  return { words: words.toUpperCase(), ...describe };
}

/** Null if no daemon answers. */
async function ask({ target, rundir }: DaemonPlace): Promise<Record<string, string> | null> {
  try {
    const answer = await runCommand(socketPath(target, rundir), 'list-commands', [], true);
    return answer.ok && typeof answer.result === 'object' ? (answer.result as Record<string, string>) : null;
  } catch {
    return null;
  }
}
