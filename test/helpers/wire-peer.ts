/**
 * A controller that sends bytes as they are given to it, right or wrong, and collects what comes back: for comparing switches byte by byte.
 */
import { connect, type Stream } from '../../src/net/stream.js';
import { encodeMessage } from '../../src/openflow/codec.js';
import { Framer } from '../../src/openflow/framer.js';
import type { OfVersion } from '../../src/openflow/message-types.js';

const BARRIER_REQUEST_10 = 18;
const BARRIER_REQUEST = 20;
const BARRIER_XID = 0xbabababa;

export class WirePeer {
  private readonly framer = new Framer();
  private received: Uint8Array[] = [];
  private wake: () => void = () => {};
  private isClosed = false;

  private constructor(
    private readonly stream: Stream,
    readonly version: OfVersion,
  ) {
    stream.onData = (chunk) => this.take(chunk);
    stream.onClose = () => {
      this.isClosed = true;
      this.wake();
    };
    stream.write(encodeMessage({ name: 'hello', version, xid: 0, body: { versions: 1 << version } }));
  }

  static async at(path: string, version: OfVersion): Promise<WirePeer> {
    const peer = new WirePeer(await connect({ kind: 'unix', path }), version);
    await peer.exchange([]);
    return peer;
  }

  /** Sends the messages and a barrier; what came back before the barrier's answer. */
  async exchange(messages: readonly Uint8Array[]): Promise<Uint8Array[]> {
    this.received = [];
    for (const message of messages) this.stream.write(message);
    this.stream.write(header(this.version, this.barrierType, BARRIER_XID));
    while (!this.hasBarrier()) {
      if (this.isClosed) throw new Error('the switch has closed the connection');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.received.slice(0, -1);
  }

  close(): void {
    this.stream.destroy();
  }

  private get barrierType(): number {
    return this.version === 1 ? BARRIER_REQUEST_10 : BARRIER_REQUEST;
  }

  private hasBarrier(): boolean {
    const last = this.received.at(-1);
    return last !== undefined && last[1] === this.barrierType + 1;
  }

  private take(chunk: Uint8Array): void {
    this.framer.push(chunk);
    for (let bytes = this.framer.next(); bytes !== null; bytes = this.framer.next()) this.received.push(bytes.slice());
    this.wake();
  }
}

export function header(version: number, type: number, xid: number, body: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(8 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, type);
  view.setUint16(2, bytes.length);
  view.setUint32(4, xid);
  bytes.set(body, 8);
  return bytes;
}
