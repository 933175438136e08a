/** `ctswitch vswitchd`: checks its words, goes to the background if told to, and becomes the daemon. */
import { type ActiveTarget, parseActiveTarget, TargetError } from '../../../net/target.js';
import type { DaemonOptions } from '../../daemon/options.js';
import { startDaemon } from '../../daemon/start.js';
import { UserError } from '../../user-error.js';

/** The port of OVSDB (RFC 7047, section 7). */
const OVSDB_PORT = 6640;

export interface VswitchdArgs {
  database: string | undefined;
  hasDummy: boolean;
}

export async function runVswitchd({ database, hasDummy }: VswitchdArgs, options: DaemonOptions): Promise<void> {
  const target = targetOf(database ?? `unix:${options.rundir}/db.sock`);
  await startDaemon(options, async () => (await import('./work.js')).followingWork(target, { hasDummy }));
}

function targetOf(text: string): ActiveTarget {
  try {
    return parseActiveTarget(text, OVSDB_PORT);
  } catch (error) {
    throw error instanceof TargetError ? new UserError(error.message) : error;
  }
}
