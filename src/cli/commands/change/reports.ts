/** Changes of a running switch: asked for, and what has become of their steps put on the screen. */
import type { ChangeReport } from '../../../switch/view.js';
import { print, printError } from '../../output.js';
import { askInWords, type DaemonAddress } from '../ct/daemon-request.js';

export interface ChangeArgs extends DaemonAddress {
  json: boolean;
}

/** Exit code where a step could not be done. */
const FAILED = 1;

/** Sends the change, tells the steps, and resolves to the exit code: 0, or `failure` if one of them could not be done. */
export async function change(
  args: ChangeArgs,
  command: string,
  words: readonly string[],
  failure = FAILED,
): Promise<number> {
  const reports = await askInWords<ChangeReport[]>(args, command, words);
  if (args.json) await print(`${JSON.stringify(reports)}\n`);
  else for (const report of reports) await tell(report);
  return reports.some(({ status }) => status === 'failed' || status === 'skipped') ? failure : 0;
}

const tell = ({ step, status, error }: ChangeReport): Promise<void> => {
  const line = `${status.padEnd(7)} ${step}${error === undefined ? '' : `: ${error}`}\n`;
  return status === 'failed' ? printError(line) : print(line);
};
