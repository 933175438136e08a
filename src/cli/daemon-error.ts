/** What a user is told when there is no daemon to talk to: what failed, in the words of ovs-appctl, and where to look. */
import { ClientError } from '../unixctl/client.js';
import { UserError } from './user-error.js';

const HINT = 'Is a switch running there? --rundir or OVS_RUNDIR name its run directory; `ctswitch run` starts one.';

/** The error to throw in place of one that a client of the control socket has thrown. */
export function daemonError(error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  return new UserError(error.detail.code === 'transaction' ? error.message : `${error.message}\n${HINT}`);
}
