/**
 * One OpenFlow connection: hello and version, then each message decoded, handed to the switch, and answered.
 *
 * Work is done in slices. A peer that sends a hundred thousand flow-mods at once is worked on for a few milliseconds at a
 * time, with packets and other connections between; while its input waits, its socket is not read. While its answers wait
 * to be read, none of its messages is looked at. What it has not asked for - packet-ins above all - is dropped and counted
 * when it reads too slowly.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import { Backoff } from '../net/backoff.js';
import { busyPoll } from '../net/busy-poll.js';
import type { Stream } from '../net/stream.js';
import { type ConnectionKind, type MessageSink, OfConnection } from '../ofproto/connection.js';
import { handle } from '../ofproto/handlers.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import { decodeMessage, encodeMessage, encodeMultipart, xidOf } from '../openflow/codec.js';
import { type ErrorName, OpenFlowError } from '../openflow/errors.js';
import { Framer } from '../openflow/framer.js';
import type { Message, MessageName, OfVersion } from '../openflow/message-types.js';
import { highestVersion, negotiate, OF10, versionName } from '../openflow/version.js';
import { isIdle, schedule, type Worker } from './scheduler.js';
import { UnreadBytes } from './unread-bytes.js';

/** Milliseconds one connection may work before packets and others get their turn. */
const SLICE_MS = 4;
/** The first slice is short: most questions are answered within it, and wait for no more than the first ones of others. */
const FIRST_SLICE_MS = 0.5;
/** A peer that has not said hello by then is given up: it holds a place that others could use. */
const HELLO_TIMEOUT_MS = 10_000;
/** A controller that has read nothing of its answers for so long is given up. Before it has, it need not show any other sign of life. */
const STALLED_MS = 60_000;
/** Unprocessed input beyond which the socket is not read. */
const INPUT_BYTES = 1024 * 1024;

const HEADER_SIZE = 8;
const LARGEST_MESSAGE = 0xffff;
const ERROR_HEADER_SIZE = 24;
const TYPE_HELLO = 0;

const log = logger('rconn');
const connmgr = logger('connmgr');
const vconn = logger('vconn');
/** As Open vSwitch's: a peer can send errors as fast as the network goes. */
const errorLimit = new RateLimit(10, 10);
const probeLimit = new RateLimit(60, 60);
const helloLimit = new RateLimit(60, 60);
/** Packet-ins that a peer did not read in time. */
const packetInsDropped = counter('openflow_packet_in_dropped');
/** Other asynchronous messages that a peer did not read in time. */
const newsDropped = counter('openflow_async_dropped');
/** Messages of peers that could not be read. */
const badMessages = counter('openflow_bad_message');

export interface SessionOptions {
  kind: ConnectionKind;
  /** Silence after which the peer is asked for a sign of life; 0: never. */
  probeMs: number;
  now: () => number;
  onClose: (why: string) => void;
  /** Is shown every message, both ways; the bytes are its own only until it returns. */
  tap?: (bytes: Uint8Array) => void;
}

/** What everybody says first, whether or not there is anything to do for the switch. */
const PRELIMINARIES: ReadonlySet<MessageName> = new Set([
  'hello',
  'error',
  'echo_request',
  'echo_reply',
  'features_request',
  'get_config_request',
  'set_config',
  'get_async_request',
  'set_async',
]);

/** One OpenFlow connection: hello, probes, messages in, messages out with limits on what is unread. */
export class Session implements MessageSink, Worker {
  private readonly ofproto: Ofproto;
  private readonly stream: Stream;
  private readonly options: SessionOptions;
  private readonly framer = new Framer();
  private readonly liveness: Backoff;
  private readonly beganMs: number;
  /** The hello was late at the last tick. It may have come while the process stood still, so there is one more to read it in. */
  private isOverdue = false;
  private readonly unread: UnreadBytes;
  slices = 0;
  /** Null until both have said hello. */
  private connection: OfConnection | null = null;
  /** Parts of the answer that is being sent. */
  private answer: Iterator<Message | null> | null = null;
  private isScheduled = false;
  private isPaused = false;
  private closing: string | null = null;
  /** The peer has said more than preliminaries. */
  isAtWork = false;

  constructor(ofproto: Ofproto, stream: Stream, options: SessionOptions) {
    this.ofproto = ofproto;
    this.stream = stream;
    this.options = options;
    this.beganMs = options.now();
    this.unread = new UnreadBytes(stream, options.now());
    this.liveness = new Backoff({ probeMs: options.probeMs });
    this.liveness.enable(options.now());
    this.liveness.connected(options.now());
    stream.onData = (chunk) => this.receive(chunk);
    stream.onDrain = () => this.drained();
    stream.onClose = (why) => this.closed(why);
    const version = highestVersion(ofproto.versions);
    this.transmit(encodeMessage({ name: 'hello', version, xid: 0, body: { versions: ofproto.versions } }));
  }

  get peer(): string {
    return this.stream.peer;
  }

  get kind(): ConnectionKind {
    return this.options.kind;
  }

  get version(): OfVersion | null {
    return this.connection?.version ?? null;
  }

  /** Asks a silent peer for a sign of life, gives up a dead one and one that has never said hello. To be called now and then. */
  tick(now: number): void {
    if (this.connection === null) {
      if (this.isOverdue) this.abandon(this.closing ?? 'no hello within 10 seconds');
      this.isOverdue = now >= this.beganMs + HELLO_TIMEOUT_MS;
      return;
    }
    if (this.unread.update(now)) this.liveness.activity(now);
    // What it may have said since is not looked at, so that it is silent says nothing.
    if (!this.unread.allows('reply')) return this.giveUpStalled(now);
    switch (this.liveness.run(now)) {
      case 'probe':
        log.dbg(() => `${this.peer}: idle, sending inactivity probe`, probeLimit);
        return this.push({
          name: 'echo_request',
          version: this.connection.version,
          xid: 0,
          body: { data: new Uint8Array() },
        });
      case 'disconnect':
        return this.abandon('no response to inactivity probe');
    }
  }

  /** Tools may leave a long answer lying: somebody reads it page by page. */
  private giveUpStalled(now: number): void {
    if (this.options.probeMs > 0 && this.unread.stalledMs(now) >= STALLED_MS) this.abandon('its answers are not read');
  }

  close(): void {
    this.stream.end();
  }

  /** Ends at once, after a failure. */
  destroy(): void {
    this.abandon('internal error');
  }

  push(message: Message): void {
    const isPacketIn = message.name === 'packet_in';
    if (!this.unread.allows(isPacketIn ? 'packetIn' : 'push')) return add(isPacketIn ? packetInsDropped : newsDropped);
    this.transmit(encodeMessage(message));
  }

  sendError(error: ErrorName, xid: number, quoted: Uint8Array): void {
    const version = this.version ?? OF10;
    connmgr.info(() => `${this.peer}: sending ${error} error reply to a message of ${quoted.length} bytes`, errorLimit);
    const data = quoted.slice(0, LARGEST_MESSAGE - ERROR_HEADER_SIZE);
    this.transmit(encodeMessage({ name: 'error', version, xid, body: { error, data } }));
  }

  private transmit(bytes: Uint8Array): void {
    this.stream.write(bytes);
    this.unread.update(this.options.now());
    this.options.tap?.(bytes);
  }

  private receive(chunk: Uint8Array): void {
    this.liveness.activity(this.options.now());
    this.framer.push(chunk);
    if (!this.isScheduled && isIdle()) this.work();
    else this.schedule();
    busyPoll();
    if (this.framer.pending <= INPUT_BYTES || this.isPaused) return;
    this.isPaused = true;
    this.stream.pause();
  }

  private drained(): void {
    this.unread.update(this.options.now());
    this.liveness.activity(this.options.now());
    this.schedule();
  }

  /** Works until there is nothing to do, the slice is over or the peer has to read first. */
  work(): void {
    this.isScheduled = false;
    const end = this.options.now() + (this.slices++ === 0 ? FIRST_SLICE_MS : SLICE_MS);
    while (this.closing === null && this.unread.allows('reply')) {
      if (!this.step()) return this.idle();
      if (this.options.now() >= end) return this.schedule();
    }
  }

  private schedule(): void {
    if (this.isScheduled || this.closing !== null) return;
    this.isScheduled = true;
    schedule(this);
  }

  /** All input so far is done. */
  private idle(): void {
    this.slices = 0;
    if (this.framer.broken) return this.abandon('a message claims to be shorter than its header');
    if (!this.isPaused) return;
    this.isPaused = false;
    this.stream.resume();
  }

  /** Sends one part of an answer, or takes up the next message; false if there is neither. */
  private step(): boolean {
    if (this.answer !== null) {
      const part = this.answer.next();
      if (part.done === true) this.answer = null;
      else if (part.value !== null) for (const bytes of encodeMultipart(part.value)) this.transmit(bytes);
      return true;
    }
    const bytes = this.framer.next();
    if (bytes === null) return false;
    this.options.tap?.(bytes);
    if (this.connection === null) this.greet(bytes);
    else this.process(this.connection, bytes);
    return true;
  }

  private process(connection: OfConnection, bytes: Uint8Array): void {
    try {
      if (bytes[0] !== connection.version && bytes[1] !== TYPE_HELLO) throw new OpenFlowError('OFPBRC_BAD_VERSION');
      const message = decodeMessage(bytes, { tableId: connection.flowModTableId });
      this.isAtWork ||= !PRELIMINARIES.has(message.name);
      const outcome = handle(this.ofproto, connection, message, bytes, this.options.now());
      if (typeof outcome === 'string') this.sendError(outcome, message.xid, bytes);
      else this.answer = outcome[Symbol.iterator]();
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error;
      add(badMessages);
      this.sendError(error.name, xidOf(bytes), bytes);
    }
  }

  /** The first message must be a hello that leaves a version to speak. */
  private greet(bytes: Uint8Array): void {
    const versions = helloVersions(bytes);
    if (versions === null) return this.abandon('the first message is not a hello');
    const version = negotiate(this.ofproto.versions, versions);
    if (version === null) return this.refuse(bytes);
    vconn.dbg(() => `${this.peer}: negotiated OpenFlow version ${versionName(version)}`, helloLimit);
    this.connection = new OfConnection(this.options.kind, version, this);
    this.ofproto.addConnection(this.connection);
  }

  private refuse(bytes: Uint8Array): void {
    const text = 'version negotiation failed: no OpenFlow version in common';
    const version = highestVersion(this.ofproto.versions);
    const data = new TextEncoder().encode(text);
    this.transmit(
      encodeMessage({ name: 'error', version, xid: xidOf(bytes), body: { error: 'OFPHFC_INCOMPATIBLE', data } }),
    );
    this.closing = text;
    this.stream.end();
  }

  private abandon(why: string): void {
    this.closing = why;
    this.stream.destroy();
  }

  private closed(why: string | null): void {
    const reason = this.closing ?? why ?? 'connection closed by peer';
    this.closing = reason;
    this.unread.release();
    if (this.connection !== null) this.ofproto.removeConnection(this.connection);
    this.connection = null;
    this.options.onClose(reason);
  }
}

/** The versions of a hello as a bitmap; null if it is none. */
function helloVersions(bytes: Uint8Array): number | null {
  if (bytes[1] !== TYPE_HELLO || bytes.length < HEADER_SIZE) return null;
  try {
    const message = decodeMessage(bytes);
    return message.name === 'hello' ? message.body.versions : null;
  } catch (error) {
    if (error instanceof OpenFlowError) return null;
    throw error;
  }
}
