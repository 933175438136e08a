/** What `ctswitch appctl` does. */
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { runCommand, socketPath } from '../../../unixctl/client.js';
import { daemonError } from '../../daemon-error.js';
import { defaultRundir, startTimeout } from '../../options.js';
import { print, printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import type { AppctlArgs } from './index.js';

/** The daemon answered with an error. */
const REFUSED = 2;

const endingInNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** If there is no such command: the one that may have been meant. */
async function hintFor(path: string, command: string, error: string): Promise<string> {
  if (!error.includes('is not a valid command')) return '';
  const list = await runCommand(path, 'list-commands', [], true);
  return list.ok && typeof list.result === 'object' ? didYouMean(command, Object.keys(list.result ?? {})) : '';
}

export async function run(args: AppctlArgs, words: readonly string[]): Promise<number | undefined> {
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
    await printError(endingInNewline(await hintFor(path, command, answer.error)));
    return REFUSED;
  } catch (error) {
    throw daemonError(error);
  }
}
