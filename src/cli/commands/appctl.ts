/** `ctswitch appctl COMMAND ...`: one command to a running daemon, as ovs-appctl sends it. */
import { runCommand, socketPath } from '../../unixctl/client.js';
import type { CliCommand } from '../command.js';
import { daemonError } from '../daemon-error.js';
import { defaultRundir, rundirOption, startTimeout, timeoutOption } from '../options.js';
import { print, printError } from '../output.js';
import { UserError } from '../user-error.js';

interface AppctlArgs {
  target: string;
  format: string;
  rundir?: string | undefined;
  timeout?: string | undefined;
}

const DEFAULT_TARGET = 'ovs-vswitchd';
/** The daemon answered with an error. */
const REFUSED = 2;

const endingInNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

async function run(args: AppctlArgs, words: readonly string[]): Promise<number | undefined> {
  const [command, ...rest] = words;
  if (command === undefined) throw new UserError('at least one non-option argument is required (use --help for help)');
  if (args.format !== 'text' && args.format !== 'json')
    throw new UserError(`argument ${args.format} on -f or --format is invalid`);
  startTimeout(args.timeout);
  try {
    const path = socketPath(args.target, args.rundir ?? defaultRundir());
    const answer = await runCommand(path, command, rest, args.format === 'json');
    if (answer.ok) {
      const text = typeof answer.result === 'string' ? answer.result : JSON.stringify(answer.result);
      await print(endingInNewline(text));
      return undefined;
    }
    await printError(endingInNewline(answer.error));
    await printError(`ctswitch appctl: ${args.target}: server returned an error\n`);
    return REFUSED;
  } catch (error) {
    throw daemonError(error);
  }
}

export const appctl: CliCommand<AppctlArgs> = {
  command: 'appctl',
  describe: 'ask or tell a running daemon something: the client of ovs-appctl',
  examples: [
    ['ctswitch appctl list-commands', 'what the daemon understands'],
    ['ctswitch appctl dpctl/dump-conntrack -s', 'the connection table with timeouts'],
    ['ctswitch appctl -t /run/ctswitch/ovs-vswitchd.42.ctl version', 'a daemon by its socket'],
  ],
  options: {
    target: {
      alias: 't',
      type: 'string',
      default: DEFAULT_TARGET,
      describe: 'daemon by the name of its pidfile, or path of its socket',
    },
    format: { alias: 'f', type: 'string', default: 'text', describe: 'text or json' },
    rundir: rundirOption,
    timeout: timeoutOption,
  },
  stopsAtFirstWord: true,
  run,
};
