/** Verbs as --help, the reference page and the man pages list them. */
import type { AnyCommand, VerbUsage } from './command.js';

const USAGE_COLUMNS = 46;

/** What stands below the options: the verbs, and what the command says besides. */
export async function closingText(command: AnyCommand): Promise<string | undefined> {
  const verbs = Object.entries((await command.verbs?.(null)) ?? {});
  const epilogue = typeof command.epilogue === 'function' ? await command.epilogue() : command.epilogue;
  const parts = [...(verbs.length === 0 ? [] : [`Verbs:\n${verbs.map(verbLine).join('\n')}`]), epilogue ?? ''];
  return parts.filter((part) => part !== '').join('\n\n') || undefined;
}

function verbLine([name, { words, describe }]: [string, VerbUsage]): string {
  const usage = `  ${`${name} ${words}`.trimEnd()}`;
  return describe === undefined ? usage : `${usage.padEnd(USAGE_COLUMNS + 2)} ${describe}`;
}
