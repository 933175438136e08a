/** The run directory: made if need be, and rid of the sockets that daemons left there which were killed. */
import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logger } from '../../datapath/base/log.js';
import { errnoOf, strerror } from '../net/errno.js';
import { removeStaleSocket } from '../net/unix-path.js';
import { ConfigError } from './config.js';

const log = logger('vswitchd');

/** Sockets of ours; of a control socket the name tells the process. */
const SOCKET_NAME = /^(?:.+\.(?:mgmt|snoop)|ovs-vswitchd\.(\d+)\.ctl)$/;

/** Throws ConfigError unless the directory is there, or can be made, and can be written to. */
export function prepareRunDirectory(path: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = strerror(errnoOf(error));
    throw new ConfigError(
      `the run directory ${path} cannot be used: ${why}; choose another with --rundir or OVS_RUNDIR`,
    );
  }
}

/** Where no folder can be made (in /proc) the recursive mkdir of Node 20 tries for ever; this does not. */
function makeFolders(path: string): void {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) break;
    if (found !== undefined) throw Object.assign(new Error(at), { code: 'ENOTDIR' });
    missing.push(at);
  }
  for (const folder of missing.reverse()) makeFolder(folder);
}

/** Somebody else may have been quicker. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Removes sockets where nobody listens. A control socket has to be that of a process that is gone, too: one that is just starting
 * does not listen yet. What cannot be looked at or removed stays; it harms nobody.
 */
export async function removeStaleSockets(path: string): Promise<void> {
  for (const name of readdirSync(path)) {
    const [isOurs, pid] = SOCKET_NAME.exec(name) ?? [];
    if (isOurs === undefined || (pid !== undefined && isAlive(Number(pid)))) continue;
    const socket = join(path, name);
    try {
      if (await removeStaleSocket(socket)) log.info(`removed ${socket}, which a process that is gone has left`);
    } catch (error) {
      log.dbg(`${socket} stays: ${strerror(errnoOf(error))}`);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) !== 'ESRCH';
  }
}
