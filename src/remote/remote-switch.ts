/**
 * A switch at the other end of an OpenFlow connection, as a controller sees it: messages out, answers by transaction id, and all that the
 * switch says unasked, to be taken one by one. Echo requests are answered, and a silent peer is asked for a sign of life, without the
 * program.
 */
import { systemClock } from '../../datapath/base/clock.js';
import { Backoff } from '../net/backoff.js';
import type { Stream } from '../net/stream.js';
import { after } from '../net/timeout.js';
import { decodeMessage, encodeMessage, xidOf } from '../openflow/codec.js';
import { OpenFlowError } from '../openflow/errors.js';
import type { Framer } from '../openflow/framer.js';
import type { Message, MessageBodies, MessageName, OfVersion, Variant } from '../openflow/message-types.js';
import { RemoteError } from './error.js';
import { Inbox } from './inbox.js';
import { type ReplyBody, type RequestName, Requests } from './requests.js';

/** Unsent bytes beyond which `send` fails: a program that sends without end has to wait for `drained`. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
/** Unsent bytes beyond which `drained` waits. */
const UNSENT_BYTES = 1024 * 1024;
const TICK_MS = 250;
const CLOSE_MS = 5_000;
const TYPE_ECHO_REQUEST = 2;

/** How long the other side may be silent. */
export interface RemoteSwitchOptions {
  /** Silence after which the switch is asked for a sign of life; after as long again it is given up. 0: never. Default 5000. */
  probeMs?: number;
  /** How long a request waits for its answer. Default 30 000. */
  timeoutMs?: number;
}

/**
 * One switch, seen from a controller: requests return promises of their replies, everything unasked comes out of `for await`. `connect` and
 * `listen` make them.
 */
export class RemoteSwitch {
  /** Of the connection: OpenFlow's number on the wire, 1 (1.0) to 6 (1.5). */
  readonly version: OfVersion;
  /** Why the connection has ended, when it has: null if the switch or `close` ended it in order. */
  readonly closed: Promise<string | null>;
  private readonly inbox = new Inbox();
  private readonly requests = new Requests();
  private readonly liveness: Backoff;
  private readonly timeoutMs: number;
  private readonly timer: NodeJS.Timeout;
  private readonly drains: (() => void)[] = [];
  private why: string | null = null;
  private nextXid = 1;

  /** Over a stream on which hellos have been exchanged; `framer` may hold what came behind the hello. */
  constructor(
    private readonly stream: Stream,
    private readonly framer: Framer,
    version: OfVersion,
    { probeMs = 5_000, timeoutMs = 30_000 }: RemoteSwitchOptions = {},
  ) {
    this.version = version;
    this.timeoutMs = timeoutMs;
    this.liveness = new Backoff({ probeMs });
    this.liveness.enable(systemClock.now());
    this.liveness.connected(systemClock.now());
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
    stream.onData = (chunk) => this.receive(chunk);
    stream.onDrain = () => this.wake();
    this.closed = new Promise((resolve) => {
      stream.onClose = (why) => {
        this.end(this.why ?? why);
        resolve(this.why ?? why);
      };
    });
    this.receive(new Uint8Array());
  }

  /** Who it is, for people: "tcp:127.0.0.1:50112", "unix#3". */
  get peer(): string {
    return this.stream.peer;
  }

  get isOpen(): boolean {
    return this.stream.isOpen;
  }

  /** Packet-ins that the program did not take in time. */
  get droppedPacketIns(): number {
    return this.inbox.dropped;
  }

  /**
   * Sends a message and returns its transaction id, without waiting: errors that the switch answers come as messages. Throws RemoteError
   * when the connection has ended or too much is unsent, OpenFlowError when the version cannot say it.
   */
  send<N extends MessageName>(name: N, body: MessageBodies[N], variant?: Variant): number {
    const xid = this.takeXid();
    this.transmit({ name, version: this.version, xid, body, ...(variant ? { variant } : {}) } as Message);
    return xid;
  }

  /** Asks, and gives the answer's body, whole if it came in parts. Fails with RemoteError, an error of the switch among them. */
  async request<N extends RequestName>(name: N, body: MessageBodies[N], variant?: Variant): Promise<ReplyBody<N>> {
    const xid = this.takeXid();
    const message = { name, version: this.version, xid, body, ...(variant ? { variant } : {}) } as Message;
    const reply = name.replace(/_request$/, '_reply');
    return this.requests.add(xid, reply, systemClock.now() + this.timeoutMs, () => this.transmit(message));
  }

  /** Resolves when the switch has done all that was sent before. */
  async barrier(): Promise<void> {
    await this.request('barrier_request', null);
  }

  /**
   * Sends what has no answer (a flow-mod, a group-mod) with a barrier behind it; fails with RemoteError if the switch answers with an
   * error.
   */
  async order<N extends MessageName>(name: N, body: MessageBodies[N], variant?: Variant): Promise<void> {
    const xid = this.takeXid();
    const message = { name, version: this.version, xid, body, ...(variant ? { variant } : {}) } as Message;
    // Nothing answers it by that name: an error ends it, or the barrier.
    const done = this.requests.add<void>(xid, '', Number.POSITIVE_INFINITY, () => this.transmit(message));
    await Promise.race([done, this.barrier()]).finally(() => this.requests.forget(xid));
  }

  /** Resolves at once while little is unsent, else when the switch has read it all, or is gone. */
  drained(): Promise<void> {
    if (!this.stream.isOpen || this.stream.queued <= UNSENT_BYTES) return Promise.resolve();
    return new Promise((resolve) => this.drains.push(resolve));
  }

  /** Messages of the switch that answer no request of `request`, until the connection ends; `closed` says why it did. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return { next: () => this.inbox.next() };
  }

  /** Ends the connection when what was sent has been read, or five seconds later. */
  close(): void {
    if (!this.stream.isOpen) return;
    this.stream.end();
    after(CLOSE_MS, () => this.stream.destroy());
  }

  /** Ends it at once. */
  destroy(why = 'closed by this side'): void {
    this.why ??= why;
    this.stream.destroy();
  }

  private takeXid(): number {
    const xid = this.nextXid;
    this.nextXid = xid === 0xffff_ffff ? 1 : xid + 1;
    return xid;
  }

  private transmit(message: Message): void {
    if (!this.stream.isOpen) throw new RemoteError(`${this.peer}: the connection is closed`, { code: 'closed' });
    if (this.stream.queued > MAX_UNSENT_BYTES) {
      throw new RemoteError(`${this.peer} does not read: ${this.stream.queued} bytes are unsent`, { code: 'limit' });
    }
    this.stream.write(encodeMessage(message));
  }

  private receive(chunk: Uint8Array): void {
    this.liveness.activity(systemClock.now());
    this.framer.push(chunk);
    for (let bytes = this.framer.next(); bytes !== null && this.stream.isOpen; bytes = this.framer.next())
      this.take(bytes);
    if (this.framer.broken) this.destroy('a message claims to be shorter than its header');
  }

  private take(bytes: Uint8Array): void {
    if (bytes[1] === TYPE_ECHO_REQUEST) return this.answerEcho(bytes);
    const message = this.read(bytes);
    if (message === null || this.requests.handle(message, bytes.length) || isOwnEcho(message)) return;
    if (!this.inbox.put(message, bytes.length)) this.destroy('its messages are not taken');
  }

  /** Null if it cannot be read: an answer then fails its request, anything else is the switch's own extension. */
  private read(bytes: Uint8Array): Message | null {
    try {
      return decodeMessage(bytes);
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error;
      const text = `the answer cannot be read: ${error.message}`;
      this.requests.fail(xidOf(bytes), new RemoteError(text, { code: 'refused', error: error.name }));
      return null;
    }
  }

  private answerEcho(bytes: Uint8Array): void {
    if (this.stream.queued > MAX_UNSENT_BYTES) return this.destroy('it asks for echoes and does not read them');
    const data = bytes.slice(8);
    this.transmit({ name: 'echo_reply', version: this.version, xid: xidOf(bytes), body: { data } });
  }

  private tick(): void {
    const now = systemClock.now();
    this.requests.expire(now);
    if (!this.stream.isOpen) return;
    switch (this.liveness.run(now)) {
      case 'probe':
        return this.transmit({
          name: 'echo_request',
          version: this.version,
          xid: 0,
          body: { data: new Uint8Array() },
        });
      case 'disconnect':
        return this.destroy('no answer to an echo request');
    }
  }

  private wake(): void {
    for (const resolve of this.drains.splice(0)) resolve();
  }

  private end(why: string | null): void {
    clearInterval(this.timer);
    this.inbox.close();
    this.requests.failAll(`${this.peer}: ${why ?? 'the connection was closed'}`);
    this.wake();
  }
}

/** The answer to a sign of life that was asked for here. */
const isOwnEcho = ({ name, xid }: Message): boolean => name === 'echo_reply' && xid === 0;
