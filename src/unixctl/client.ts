/** The other end: runs one command in a daemon, as ovs-appctl does. */
import { readFileSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import { JsonRpc } from '../net/jsonrpc.js';
import { connect } from '../net/stream.js';

/** The daemon answered, and said no. */
export class ServerError extends SwitchError<{ code: 'server-error' }> {
  constructor(message: string) {
    super(message, { code: 'server-error' });
  }
}

/** There is no such daemon to ask. */
export class NoDaemonError extends SwitchError<{ code: 'no-daemon'; target: string }> {
  constructor(message: string, target: string) {
    super(message, { code: 'no-daemon', target });
  }
}

/** A target that is a path is the socket; a name is looked up by its pidfile in the run directory. */
export function socketOf(target: string, runDirectory: string): string {
  if (target.startsWith('/')) return target;
  const pidfile = `${runDirectory}/${target}.pid`;
  let pid: string;
  try {
    pid = readFileSync(pidfile, 'utf8').trim();
  } catch {
    throw new NoDaemonError(`cannot read pidfile "${pidfile}" (No such file or directory)`, target);
  }
  return `${runDirectory}/${target}.${pid}.ctl`;
}

/** The text the daemon replies with. Throws a ServerError with the daemon's text, or a NoDaemonError. */
export async function runCommand(socketPath: string, command: string, args: readonly string[]): Promise<string> {
  const stream = await connect({ kind: 'unix', path: socketPath }).catch((error: Error) => {
    throw new NoDaemonError(`cannot connect to "${socketPath}" (${error.message.replace(/^.*: /, '')})`, socketPath);
  });
  const rpc = new JsonRpc(stream);
  return new Promise((resolve, reject) => {
    rpc.start({
      onRequest: () => {},
      onReply: ({ result, error }) => {
        if (error === null) resolve(typeof result === 'string' ? result : JSON.stringify(result));
        else reject(new ServerError(String(error)));
        rpc.end();
      },
      onClose: () => reject(new NoDaemonError(`"${socketPath}" closed the connection without a reply`, socketPath)),
    });
    rpc.request(command, [...args]);
  });
}
