/** The other end of an OpenFlow connection: bytes in and out over a real socket, with our codec. */
import { connect, type Stream } from '../../../src/net/stream.js';
import { decodeMessage, encodeMessage } from '../../../src/openflow/codec.js';
import { Framer } from '../../../src/openflow/framer.js';
import type { Message, MessageBodies, MessageName, OfVersion } from '../../../src/openflow/message-types.js';

export class Peer {
  readonly received: Message[] = [];
  isClosed = false;
  private readonly framer = new Framer();
  private waiting: (() => void)[] = [];
  private xid = 1;

  private constructor(
    readonly stream: Stream,
    private readonly version: OfVersion,
  ) {
    stream.onData = (chunk) => this.take(chunk);
    stream.onClose = () => {
      this.isClosed = true;
      this.wake();
    };
  }

  static over(stream: Stream, version: OfVersion): Peer {
    const peer = new Peer(stream, version);
    peer.send('hello', { versions: 1 << version });
    return peer;
  }

  static async at(path: string, version: OfVersion): Promise<Peer> {
    return Peer.over(await connect({ kind: 'unix', path }), version);
  }

  send<N extends MessageName>(name: N, body: MessageBodies[N]): number {
    const xid = this.xid++;
    this.stream.write(encodeMessage({ name, version: this.version, xid, body } as Message));
    return xid;
  }

  /** Sends and waits for the barrier behind it; what came in between. */
  async ask<N extends MessageName>(name: N, body: MessageBodies[N]): Promise<Message[]> {
    const from = this.received.length;
    this.send(name, body);
    await this.barrier();
    return this.received.slice(from, -1).filter((message) => message.name !== 'hello');
  }

  async barrier(): Promise<void> {
    const xid = this.send('barrier_request', null);
    await this.until((message) => message.name === 'barrier_reply' && message.xid === xid);
  }

  /** The first message, received or to come, that passes the test. */
  async until(test: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.received.find(test);
      if (found !== undefined) return found;
      if (this.isClosed) throw new Error('the connection was closed');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async untilClosed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.stream.destroy();
  }

  private take(chunk: Uint8Array): void {
    this.framer.push(chunk);
    for (let bytes = this.framer.next(); bytes !== null; bytes = this.framer.next())
      this.received.push(decodeMessage(bytes));
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
