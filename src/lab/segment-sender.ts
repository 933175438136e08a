/**
 * Sends segments from inside a host: a child process in the host's namespace (segment-child.ts) holds the socket, since a
 * process is in one namespace. The child lives as long as the sender and goes with it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SwitchError } from '../../datapath/base/error.js';
import type { FromChild, Outgoing, SendVia, ToChild } from './segment-protocol.js';
import type { LabHost } from './topology.js';

export type SenderError = SwitchError<{ code: 'segment-sender'; host: string }>;

const CHILD = fileURLToPath(new URL('./segment-child.js', import.meta.url));
/** Starting Node takes some tenths of a second, sending none. */
const TIMEOUT_MS = 15_000;

export class SegmentSender {
  private constructor(
    private readonly host: LabHost,
    private readonly child: ChildProcess,
    readonly via: SendVia,
  ) {}

  /** Starts the child in the host's namespace. `via` forces one of the two ways; else raw-socket is used if it is there. */
  static async start(host: LabHost, via?: SendVia): Promise<SegmentSender> {
    const words = ['netns', 'exec', host.name, process.execPath, '--no-warnings', CHILD, host.inner, via ?? ''];
    const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
    // A process group of its own: Ctrl-C is for the parent, which closes the child when it is done.
    const child = spawn('ip', words, {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      detached: true,
    });
    const word = await answer(host, child);
    if (word.kind === 'ready') return new SegmentSender(host, child, word.via);
    child.disconnect();
    throw failure(host, word.kind === 'failed' ? word.message : 'it did not say that it is ready');
  }

  /** Resolves when the packet has left the host. */
  async send(packet: Outgoing): Promise<void> {
    const heard = answer(this.host, this.child);
    this.child.send({ kind: 'send', ...packet } satisfies ToChild);
    const word = await heard;
    if (word.kind === 'failed') throw failure(this.host, word.message);
  }

  /** Resolves when the child is gone, so that its namespace can be removed. */
  close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      if (this.child.connected) this.child.disconnect();
    });
  }
}

function answer(host: LabHost, child: ChildProcess): Promise<FromChild> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(failure(host, 'it does not answer'))), TIMEOUT_MS);
    const settle = (tell: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      tell();
    };
    const onMessage = (word: unknown): void => settle(() => resolve(word as FromChild));
    const onExit = (): void => settle(() => reject(failure(host, 'it has ended')));
    const onError = (error: Error): void => settle(() => reject(failure(host, error.message)));
    child.once('message', onMessage).once('exit', onExit).once('error', onError);
  });
}

const failure = (host: LabHost, why: string): SenderError =>
  new SwitchError(`the segment generator on ${host.name} cannot send: ${why}`, {
    code: 'segment-sender',
    host: host.name,
  });
