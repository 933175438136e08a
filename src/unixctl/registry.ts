/** The commands of a daemon: records by name, argument counts checked, errors worded as Open vSwitch words them. */

/** Shown to the user of ovs-appctl as it is. */
export class UnixctlError extends Error {}

export interface Command {
  readonly name: string;
  /** Its arguments, as list-commands shows them. */
  readonly usage: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  /** The reply's text. Throws a UnixctlError to refuse. */
  run(args: string[]): string | Promise<string>;
}

export class Registry {
  private readonly commands = new Map<string, Command>();

  constructor(version: string) {
    this.add([
      { name: 'list-commands', usage: '', minArgs: 0, maxArgs: 0, run: () => this.list() },
      { name: 'version', usage: '', minArgs: 0, maxArgs: 0, run: () => version },
    ]);
  }

  add(commands: readonly Command[]): void {
    for (const command of commands) this.commands.set(command.name, command);
  }

  /** All commands, by name. */
  all(): Command[] {
    return [...this.commands.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async run(name: string, args: string[]): Promise<string> {
    const command = this.commands.get(name);
    if (command === undefined) {
      throw new UnixctlError(`"${name}" is not a valid command (use "list-commands" to see a list of valid commands)`);
    }
    const { minArgs, maxArgs } = command;
    if (args.length < minArgs) throw new UnixctlError(`"${name}" command requires at least ${minArgs} arguments`);
    if (args.length > maxArgs) throw new UnixctlError(`"${name}" command takes at most ${maxArgs} arguments`);
    return command.run(args);
  }

  private list(): string {
    const rows = this.all().map(({ name, usage }) => `  ${name.padEnd(23)} ${usage}\n`);
    return `The available commands are:\n${rows.join('')}`;
  }
}
