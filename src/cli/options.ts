/** Options that several commands share, and the environment that stands in for them. */
import type { Options } from 'yargs';
import { UserError } from './user-error.js';

const DEFAULT_RUNDIR = '/var/run/openvswitch';
export const DEFAULT_LOGDIR = '/var/log/openvswitch';

/** Where sockets and pidfiles are; an empty variable counts as none. */
export const defaultRundir = (): string => process.env.OVS_RUNDIR || DEFAULT_RUNDIR;

/** Where logs go by default: beside the sockets when those are in a place of the user's. */
export const defaultLogdir = (rundir: string | undefined): string => process.env.OVS_LOGDIR || rundir || DEFAULT_LOGDIR;

export const rundirOption = {
  type: 'string',
  describe: 'directory of sockets and pidfiles; by default $OVS_RUNDIR or /var/run/openvswitch',
} as const satisfies Options;

export const timeoutOption = {
  alias: 'T',
  type: 'string',
  describe: 'give up after that many seconds; by default $OVS_CTL_TIMEOUT, or never',
} as const satisfies Options;

/** Ends the process by SIGALRM when the time is up, as the tools of OVS do. */
export function startTimeout(text: string | undefined): void {
  const wanted = text ?? (process.env.OVS_CTL_TIMEOUT || undefined);
  if (wanted === undefined) return;
  const seconds = Number(wanted);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 2_000_000)
    throw new UserError(`value ${wanted} on --timeout is invalid`);
  if (seconds > 0) setTimeout(() => process.kill(process.pid, 'SIGALRM'), seconds * 1000).unref();
}
