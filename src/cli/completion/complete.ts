/** What may stand in place of the last word of a command line: from the tables of commands, and from what is running. */
import type { Options } from 'yargs';
import type { AnyCommand, DaemonPlace, VerbUsage } from '../command.js';
import { defaultRundir } from '../options.js';
import { candidatesAt } from './usage.js';

export interface Candidate {
  word: string;
  describe?: string | undefined;
}

const HELP: Candidate = { word: '--help', describe: 'Show help' };
const DEFAULT_TARGET = 'ovs-vswitchd';

/** `words` are those behind the program's name; the last, perhaps empty, is the one to be completed. */
export async function complete(commands: readonly AnyCommand[], words: readonly string[]): Promise<Candidate[]> {
  const [name = '', ...rest] = joinValues(words);
  const current = rest.at(-1) ?? name;
  const found = rest.length === 0 ? firstWords(commands) : await wordsOf(commands, name, rest);
  return found.filter(({ word }) => word.startsWith(current));
}

function firstWords(commands: readonly AnyCommand[]): Candidate[] {
  const names = commands.map(({ command, describe }) => ({ word: command.split(' ')[0]!, describe }));
  return [...names, HELP, { word: '--version', describe: 'Show version number' }];
}

/** bash gives `--name=value` as three words. */
function joinValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const isPart = joined.length > 0 && (word === '=' || joined.at(-1)!.endsWith('='));
    if (isPart && word !== '') joined.push(joined.pop()! + word);
    else if (!isPart) joined.push(word);
  }
  return joined;
}

async function wordsOf(commands: readonly AnyCommand[], name: string, line: readonly string[]): Promise<Candidate[]> {
  const command = commands.find((row) => row.command.split(' ')[0] === name);
  if (command === undefined) return [];
  const current = line.at(-1)!;
  const { words, values, pending } = split(command, line.slice(0, -1));
  if (pending !== null) return choicesOf(pending, '');
  const isStopped = command.stopsAtFirstWord === true && words.length > 0;
  if (current.startsWith('-') && !isStopped) return optionWords(command, current);
  const place = { target: values.get('target') ?? DEFAULT_TARGET, rundir: values.get('rundir') ?? defaultRundir() };
  return verbWords(command, words, place);
}

interface Split {
  words: string[];
  /** Of options that take one. */
  values: Map<string, string>;
  /** The option whose value comes next. */
  pending: Options | null;
}

function split(command: AnyCommand, line: readonly string[]): Split {
  const result: Split = { words: [], values: new Map(), pending: null };
  for (const word of line) {
    if (result.pending !== null) {
      const [name] = Object.entries(command.options).find(([, row]) => row === result.pending)!;
      result.values.set(name, word);
      result.pending = null;
    } else if (!word.startsWith('-') || (command.stopsAtFirstWord === true && result.words.length > 0)) {
      result.words.push(word);
    } else takeOption(command, word, result);
  }
  return result;
}

function takeOption(command: AnyCommand, word: string, result: Split): void {
  const [, given = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  for (const [name, row] of Object.entries(command.options)) {
    if (name !== given && row.alias !== given) continue;
    if (value !== undefined) result.values.set(name, value);
    else if (row.type === 'string' && command.optionalValues?.includes(name) !== true) result.pending = row;
  }
}

function optionWords(command: AnyCommand, current: string): Candidate[] {
  const rows = Object.entries(command.options).filter(([, row]) => row.hidden !== true);
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (value !== undefined) {
    const row = rows.find(([known]) => known === name)?.[1];
    return row === undefined ? [] : choicesOf(row, `--${name}=`);
  }
  // What is on unless told is turned off.
  const words = rows.map(([name, row]) => ({
    word: row.default === true ? `--no-${name}` : `--${name}`,
    describe: row.describe,
  }));
  return [...words, HELP];
}

const choicesOf = ({ choices }: Options, head: string): Candidate[] =>
  (choices ?? []).map((choice) => ({ word: `${head}${choice}` }));

async function verbWords(command: AnyCommand, words: readonly string[], place: DaemonPlace): Promise<Candidate[]> {
  const verbs: Readonly<Record<string, VerbUsage>> = (await command.verbs?.(place)) ?? {};
  const [verb, ...rest] = words;
  if (verb === undefined) return Object.entries(verbs).map(([word, { describe }]) => ({ word, describe }));
  return Object.hasOwn(verbs, verb)
    ? candidatesAt(`${command.command.split(' ')[0]} ${verb}`, verbs[verb]!.words, rest, place)
    : [];
}
