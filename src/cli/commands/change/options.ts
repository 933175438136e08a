/** Options of the commands that change a running switch. */
import type { Options } from 'yargs';
import { rundirOption, timeoutOption } from '../../options.js';

export interface ChangeCommandArgs {
  json: boolean;
  target: string;
  rundir?: string | undefined;
  timeout?: string | undefined;
}

export const changeOptions = {
  json: { type: 'boolean', default: false, describe: 'JSON: the steps with their status, or the rows of a list' },
  target: { alias: 't', type: 'string', default: 'ovs-vswitchd', describe: 'daemon, or path of its socket' },
  rundir: rundirOption,
  timeout: timeoutOption,
} as const satisfies Record<keyof ChangeCommandArgs, Options>;
