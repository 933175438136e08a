/** A client of control sockets: finds the socket of a daemon by the name of its pidfile, and runs one command there. */
import { readFileSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import { errnoOf, strerror } from '../net/errno.js';
import { JsonRpc, RpcError } from '../net/jsonrpc.js';
import { ConnectError, connect } from '../net/stream.js';

export class ClientError extends SwitchError<{ code: 'pidfile' | 'connect' | 'transaction'; errno?: string }> {}

/** What the daemon answered: a text (or with JSON output any value), or an error's text. */
export type Answer = { ok: true; result: unknown } | { ok: false; error: string };

/** "ovs-vswitchd" -> the socket of the process in RUNDIR/ovs-vswitchd.pid; a path stays what it is. */
export function socketPath(target: string, runDir: string): string {
  if (target.startsWith('/')) return target;
  const pidFile = `${runDir}/${target}.pid`;
  return `${runDir}/${target}.${readPid(pidFile)}.ctl`;
}

function readPid(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = strerror((error as NodeJS.ErrnoException).code ?? '');
    throw new ClientError(`cannot read pidfile "${path}" (${why})`, { code: 'pidfile', errno: errnoOf(error) });
  }
  const pid = /^(\d+)\s*$/.exec(text)?.[1];
  if (pid === undefined)
    throw new ClientError(`cannot read pidfile "${path}" (no process id in it)`, { code: 'pidfile' });
  return Number(pid);
}

/** An answer is kept whole, and a string takes no more: some four million connections. */
const MAX_ANSWER_BYTES = 500_000_000;

export async function runCommand(path: string, command: string, args: string[], json = false): Promise<Answer> {
  const rpc = await open(path);
  try {
    if (json) await rpc.call('set-options', ['--format', 'json']);
    return { ok: true, result: await rpc.call(command, args) };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.detail.code === 'refused') return { ok: false, error: error.message };
    throw new ClientError(`${path}: transaction error (${error.message})`, { code: 'transaction' });
  } finally {
    rpc.end();
  }
}

async function open(path: string): Promise<JsonRpc> {
  try {
    return new JsonRpc(await connect({ kind: 'unix', path }), MAX_ANSWER_BYTES);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    throw new ClientError(`cannot connect to "${path}" (${strerror(error.detail.errno)})`, {
      code: 'connect',
      errno: error.detail.errno,
    });
  }
}
