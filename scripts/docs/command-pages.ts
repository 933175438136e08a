/** Pages about commands: those of the command line, and those of a running switch. */
import type { Options } from 'yargs';
import { allCommands } from '../../src/appctl/all.js';
import type { AnyCommand } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { closingText } from '../../src/cli/verb-list.js';
import type { SwitchView } from '../../src/switch/view.js';
import { DESCRIPTIONS } from '../../src/unixctl/descriptions.js';
import { Registry } from '../../src/unixctl/registry.js';
import { code, type Page, table } from './page.js';

function optionRow([name, row]: [string, Options]): string[] {
  const short = typeof row.alias === 'string' ? `, ${code(`-${row.alias}`)}` : '';
  const choices = row.choices ? ` (${row.choices.join(', ')})` : '';
  const isShown = row.default !== undefined && row.default !== '' && !Array.isArray(row.default);
  return [`${code(`--${name}`)}${short}`, `${row.describe ?? ''}${choices}`, isShown ? code(String(row.default)) : ''];
}

async function commandSection(row: AnyCommand): Promise<string> {
  const { command, describe, options, examples, positionals } = row;
  const closing = await closingText(row);
  const shown = Object.entries(options).filter(([, row]) => row.hidden !== true);
  const parts = [
    `## ctswitch ${command.split(' ')[0]}`,
    `${describe[0].toUpperCase()}${describe.slice(1)}.`,
    ...(positionals ?? []).map((row) => `${code(row.name)}: ${row.describe}.`),
    ...(shown.length > 0 ? [table(['option', 'meaning', 'default'], shown.map(optionRow))] : []),
    `\`\`\`\n${examples.map(([line, what]) => `${line}\n    ${what}`).join('\n')}\n\`\`\``,
    ...(closing === undefined ? [] : [`\`\`\`\n${closing}\n\`\`\``]),
  ];
  return parts.join('\n\n');
}

export const cliPage = async (): Promise<Page> => ({
  file: 'cli.md',
  title: 'The command line',
  intro:
    'What `ctswitch COMMAND --help` says. In a checkout the program is `scripts/ctswitch`. Exit codes: 0 it is done; 1 it is not, for the reason on standard ' +
    'error; 2 the running switch refused it (appctl), or it was not as it should be (tutorial).',
  body: (await Promise.all(COMMANDS.map(commandSection))).join('\n\n'),
});

/** The table of commands does not look at the switch before one of them runs. */
const NO_SWITCH = {} as SwitchView;

/** Every command of a running switch with its usage. */
export function appctlCommands(): [name: string, usage: string][] {
  const registry = new Registry('');
  registry.add(...allCommands(NO_SWITCH));
  return Object.entries(registry.usages());
}

export function appctlPage(): Page {
  const rows = appctlCommands().map(([name, usage]) => [code(name), code(usage), descriptionOf(name)]);
  return {
    file: 'appctl.md',
    title: 'Commands of a running switch',
    intro:
      'For `ctswitch appctl COMMAND` and `ovs-appctl COMMAND`. Where Open vSwitch has a command of the name, words, output and errors are the same. ' +
      '`[dp]` is the datapath, such as `netdev@ovs-netdev`; it may be left out while there is one.',
    body: table(['command', 'arguments', 'what it does'], rows),
  };
}

export function descriptionOf(name: string): string {
  if (Object.hasOwn(DESCRIPTIONS, name)) return DESCRIPTIONS[name];
  throw new Error(`${name} has no sentence in src/unixctl/descriptions.ts`);
}
