/** Manual pages: one of the program and one of each command, from the tables that --help is made of. */
import type { Options } from 'yargs';
import type { AnyCommand } from '../../src/cli/command.js';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { VERSION } from '../../src/switch/version.js';
import { appctlCommands, descriptionOf } from './command-pages.js';

export interface ManPage {
  readonly file: string;
  readonly text: string;
}

/** Section 8 is for what administrators run, 1 for all else. */
const DAEMONS: readonly string[] = ['run', 'vswitchd'];
const nameOf = ({ command }: AnyCommand): string => command.split(' ')[0]!;
const sectionOf = (command: AnyCommand): number => (DAEMONS.includes(nameOf(command)) ? 8 : 1);
const pageOf = (command: AnyCommand): string => `ctswitch-${nameOf(command)}`;

/** Text as roff takes it: no character of it is a request or an escape, and dashes are those that are typed. */
function plain(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replaceAll('`', '\\(ga');
  return escaped.replace(/^\./gm, '\\&.');
}

const bold = (text: string): string => `\\fB${plain(text)}\\fR`;
const section = (title: string, ...lines: string[]): string[] => (lines.length === 0 ? [] : [`.SH ${title}`, ...lines]);
const item = (head: string, text: string): string[] => ['.TP', head, ...(text === '' ? ['\\&'] : [plain(text)])];
const asTyped = (text: string): string[] => ['.nf', plain(text), '.fi'];
const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** No date: the same sources make the same page. */
const head = (title: string, number: number): string[] => [
  '.\\" Made by scripts/gen-docs.ts: do not edit.',
  `.TH ${title.toUpperCase()} ${number} "" "ctswitch ${VERSION}" "ctswitch manual"`,
];

function optionItem([name, row]: [string, Options]): string[] {
  const value = row.type === 'string' ? ' \\fIVALUE\\fR' : '';
  const short = typeof row.alias === 'string' ? `${bold(`-${row.alias}`)}, ` : '';
  const choices = row.choices ? ` (${row.choices.join(', ')})` : '';
  const isShown = typeof row.default === 'string' && row.default !== '';
  const isOn = row.default === true ? `; the default, --no-${name} turns it off` : '';
  return item(
    `${short}${bold(`--${name}`)}${value}`,
    `${row.describe ?? ''}${choices}${isShown ? `; by default ${row.default}` : ''}${isOn}`,
  );
}

async function verbItems(command: AnyCommand): Promise<string[]> {
  if (nameOf(command) === 'appctl')
    return appctlCommands().flatMap(([name, usage]) =>
      item(`${bold(name)} ${plain(usage)}`.trimEnd(), descriptionOf(name)),
    );
  const verbs = Object.entries((await command.verbs?.(null)) ?? {});
  return verbs.flatMap(([name, { words, describe = '' }]) => item(`${bold(name)} ${plain(words)}`.trimEnd(), describe));
}

async function commandPage(command: AnyCommand): Promise<ManPage> {
  const { describe, examples, positionals } = command;
  const options = Object.entries(command.options).filter(([, row]) => row.hidden !== true);
  const verbs = await verbItems(command);
  const epilogue = typeof command.epilogue === 'function' ? await command.epilogue() : command.epilogue;
  const words =
    verbs.length > 0
      ? ' \\fIVERB\\fR [\\fIWORDS\\fR...]'
      : (positionals ?? []).map(({ name }) => ` [\\fI${name}\\fR]`).join('');
  const lines = [
    ...head(pageOf(command), sectionOf(command)),
    ...section('NAME', `${plain(pageOf(command))} \\- ${plain(describe)}`),
    ...section(
      'SYNOPSIS',
      `${bold(`ctswitch ${nameOf(command)}`)}${options.length > 0 ? ' [\\fIOPTIONS\\fR]' : ''}${words}`,
    ),
    ...section(
      'DESCRIPTION',
      plain(sentence(describe)),
      ...(positionals ?? []).flatMap((row) => item(`\\fI${row.name}\\fR`, row.describe)),
    ),
    ...section('VERBS', ...verbs),
    ...section('OPTIONS', ...options.flatMap(optionItem)),
    ...section('EXAMPLES', ...examples.flatMap(([line, what]) => item(bold(line), what))),
    ...section('NOTES', ...(epilogue === undefined ? [] : asTyped(epilogue))),
    ...section('SEE ALSO', `${bold('ctswitch')}(1)`),
  ];
  return { file: `${pageOf(command)}.${sectionOf(command)}`, text: `${lines.join('\n')}\n` };
}

function programPage(): ManPage {
  const others = COMMANDS.map((command) => `${bold(pageOf(command))}(${sectionOf(command)})`);
  const lines = [
    ...head('ctswitch', 1),
    ...section('NAME', 'ctswitch \\- an OpenFlow virtual switch with a connection tracker that explains itself'),
    ...section('SYNOPSIS', `${bold('ctswitch')} \\fICOMMAND\\fR ...`),
    ...section('COMMANDS', ...COMMANDS.flatMap((command) => item(bold(nameOf(command)), sentence(command.describe)))),
    ...section(
      'ENVIRONMENT',
      ...item(bold('OVS_RUNDIR'), 'Directory of sockets and pidfiles, where --rundir names none.'),
      ...item(bold('OVS_LOGDIR'), 'Directory of logs.'),
      ...item(bold('OVS_CTL_TIMEOUT'), 'Seconds after which commands give up, where --timeout says nothing.'),
    ),
    ...section(
      'EXIT STATUS',
      ...item('0', 'It is done.'),
      ...item('1', 'It is not, for the reason on standard error.'),
      ...item(
        '2',
        'The running switch refused it (appctl), flows differ (ofctl diff-flows), or the tutorial did not go as it should.',
      ),
    ),
    ...section('SEE ALSO', others.join(',\n')),
  ];
  return { file: 'ctswitch.1', text: `${lines.join('\n')}\n` };
}

export const manPages = async (): Promise<ManPage[]> => [
  programPage(),
  ...(await Promise.all(COMMANDS.map(commandPage))),
];
