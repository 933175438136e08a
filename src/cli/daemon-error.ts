/** The error when there is no daemon to talk to: what failed, in the words of ovs-appctl, and where to look. */
import { ClientError } from '../unixctl/client.js';
import { UserError } from './user-error.js';

const HINT = 'Is a switch running there? --rundir or OVS_RUNDIR name its run directory; `ctswitch run` starts one.';

const FORBIDDEN = 'The switch belongs to another user: ask as that one, as with sudo.';

/** The error to throw in place of one that a client of the control socket has thrown. */
export function daemonError(error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  const { code, errno } = error.detail;
  if (code === 'transaction') return new UserError(error.message);
  return new UserError(`${error.message}\n${errno === 'EACCES' || errno === 'EPERM' ? FORBIDDEN : HINT}`);
}
