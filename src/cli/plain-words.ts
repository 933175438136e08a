/**
 * The options of a command line that is as it should be. yargs reads every line and says what is wrong with one, but to load it takes as
 * long as to start Node: so the simple lines are read here, from the same tables, and all others are left to yargs
 * (program.ts). Both must understand the same; test/unit/cli/plain-words.test.ts holds them together.
 */
import type { Options } from 'yargs';
import type { AnyCommand } from './command.js';

export interface PlainLine {
  /** Values by name of the option, defaults among them. */
  readonly args: Record<string, unknown>;
  /** What the command's `run` is given besides. */
  readonly words: readonly string[];
}

/** What yargs takes for something else than the word it is: quoted words, and numbers that look like options. */
const AMBIGUOUS = /^(["'].*["']|-\d.*)$/s;

/** The line behind the command's name; null if yargs has to parse: help, mistakes, and everything unusual. */
export function readPlain(command: AnyCommand, line: readonly string[]): PlainLine | null {
  const reader = new Reader(command);
  return reader.readAll(line) ? reader.finish() : null;
}

class Reader {
  private readonly args: Record<string, unknown> = {};
  private readonly words: string[] = [];
  private readonly behind: string[] = [];

  constructor(private readonly command: AnyCommand) {}

  /** False if the line is not plain. */
  readAll(line: readonly string[]): boolean {
    for (let i = 0; i < line.length; ) {
      const word = line[i]!;
      const isBare = !word.startsWith('-') || word === '-';
      if (word === '--' || (isBare && this.command.stopsAtFirstWord)) {
        this.behind.push(...line.slice(word === '--' ? i + 1 : i));
        return true;
      }
      if (AMBIGUOUS.test(word)) return false;
      const taken = isBare ? this.takeWord(word) : this.takeOption(word, line[i + 1]);
      if (taken === 0) return false;
      i += taken;
    }
    return true;
  }

  finish(): PlainLine | null {
    const positional = /^\S+ \[(\w+)\]$/.exec(this.command.command)?.[1];
    if (positional !== undefined && this.words.length > 0) this.args[positional] = this.words.shift();
    for (const [name, row] of Object.entries(this.command.options)) {
      if (Object.hasOwn(this.args, name)) continue;
      if (row.demandOption === true) return null;
      if (row.default !== undefined) this.args[name] = row.default;
    }
    return { args: this.args, words: [...this.words, ...this.behind] };
  }

  private takeWord(word: string): number {
    this.words.push(word);
    return 1;
  }

  /** How many words the option takes; 0 if it is not plain. */
  private takeOption(word: string, next: string | undefined): number {
    const [, dashes = '', name = '', value] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === '--' && name.startsWith('no-') && value === undefined) return this.takeNegated(name.slice(3));
    const found = this.find(name, dashes === '-');
    if (found === null) return 0;
    const [key, row] = found;
    if (row.type === 'string') return this.takeString(key, row, value, next);
    if (value !== undefined || next === 'true' || next === 'false') return 0;
    this.args[key] = row.type === 'count' ? Number(this.args[key] ?? 0) + 1 : true;
    return 1;
  }

  private takeNegated(name: string): number {
    const row = this.command.options[name];
    if (row?.type !== 'boolean') return 0;
    this.args[name] = false;
    return 1;
  }

  private takeString(key: string, row: Options, value: string | undefined, next: string | undefined): number {
    const isOptional = this.command.optionalValues?.includes(key) === true;
    const given = value ?? (isOptional ? '' : next);
    if (given === undefined || (value === undefined && given.startsWith('-')) || AMBIGUOUS.test(given)) return 0;
    if (row.choices?.includes(given) === false) return 0;
    this.args[key] = row.array === true ? [...((this.args[key] as string[] | undefined) ?? []), given] : given;
    return value === undefined && !isOptional ? 2 : 1;
  }

  /** The option of a name or, behind a single dash, of a letter. */
  private find(name: string, isLetter: boolean): [string, Options] | null {
    for (const [key, row] of Object.entries(this.command.options)) {
      if (row.hidden === true || row.coerce !== undefined) continue;
      if (isLetter ? row.alias === name && name.length === 1 : key === name) return [key, row];
    }
    return null;
  }
}
