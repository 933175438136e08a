/** The commands of a running daemon: records in a table, looked up by name and checked for the number of their arguments. */

/**
 * A long answer, made piece by piece as it is sent; packets flow in between. A piece is at most about a millisecond's work; it may be
 * empty. What is wrong with the command is thrown before the first piece.
 */
export type Pieces = Generator<string, void>;

export interface Command {
  readonly name: string;
  /** Arguments as `list-commands` shows them. */
  readonly usage: string;
  readonly minArgs: number;
  /** Infinity if there is no limit. */
  readonly maxArgs: number;
  /** The text to answer with. Throws UnixctlError to answer with an error. */
  run(args: string[]): string | Promise<string> | Pieces;
  /** The same as a value, or the promise of one, for clients which ask for JSON. */
  runJson?(args: string[]): unknown;
}

/** An error for the client's eyes: its message goes out as it is. */
export class UnixctlError extends Error {}

export type OutputFormat = 'text' | 'json';

/** A value, or text, which goes out as it is or, to a client that wants JSON and gets only text, as the member `reply` of an object. */
export type Answer = { value: unknown } | { text: string | Pieces; isWrapped: boolean };

/** The commands of one control socket, by name. */
export class Registry {
  private readonly commands = new Map<string, Command>();

  /** `version` is what the command of that name answers. */
  constructor(version: string) {
    this.add(
      {
        name: 'list-commands',
        usage: '',
        minArgs: 0,
        maxArgs: 0,
        run: () => this.listText(),
        runJson: () => this.usages(),
      },
      { name: 'version', usage: '', minArgs: 0, maxArgs: 0, run: () => `${version}\n` },
    );
  }

  /** A later command of the same name takes the place of the earlier. */
  add(...commands: Command[]): void {
    for (const command of commands) this.commands.set(command.name, command);
  }

  names(): string[] {
    return [...this.commands.keys()].sort();
  }

  /** Runs a command; throws UnixctlError with the texts of Open vSwitch if it cannot be run like that. */
  async run(name: string, args: string[], format: OutputFormat = 'text'): Promise<Answer> {
    const command = this.commands.get(name);
    if (command === undefined) {
      throw new UnixctlError(`"${name}" is not a valid command (use "list-commands" to see a list of valid commands)`);
    }
    if (args.length < command.minArgs) {
      throw new UnixctlError(`"${name}" command requires at least ${command.minArgs} arguments`);
    }
    if (args.length > command.maxArgs) {
      throw new UnixctlError(`"${name}" command takes at most ${command.maxArgs} arguments`);
    }
    if (format === 'json' && command.runJson !== undefined) return { value: await command.runJson(args) };
    return { text: await command.run(args), isWrapped: format === 'json' };
  }

  private listText(): string {
    const row = (name: string): string => `  ${name.padEnd(23)} ${this.commands.get(name)!.usage}`;
    return `The available commands are:\n${this.names().map(row).join('\n')}\n`;
  }

  /** Arguments of every command, by its name. */
  usages(): Record<string, string> {
    return Object.fromEntries(this.names().map((name) => [name, this.commands.get(name)!.usage]));
  }
}
