/** The client's end of an OpenFlow connection: hello, requests and their replies, transactions closed by a barrier. */

import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { strerror } from '../../../net/errno.js';
import { ConnectError, connect, type Stream } from '../../../net/stream.js';
import { type ActiveTarget, formatTarget, parseActiveTarget, TargetError } from '../../../net/target.js';
import { type CodecOptions, decodeMessage, encodeMessage } from '../../../openflow/codec.js';
import { OpenFlowError } from '../../../openflow/errors.js';
import { Framer } from '../../../openflow/framer.js';
import type {
  Message,
  MessageBodies,
  MessageName,
  MessageOf,
  OfVersion,
  Variant,
} from '../../../openflow/message-types.js';
import { highestVersion, negotiate } from '../../../openflow/version.js';
import { UserError } from '../../user-error.js';

/** The switch refused a request: its error message. */
export class RefusedError extends Error {
  constructor(readonly reply: MessageOf<'error'>) {
    super(typeof reply.body.error === 'string' ? reply.body.error : 'error');
  }
}

/** The same, said already: only the exit code is left. */
export class Refused extends Error {}

type RequestName = Extract<MessageName, `${string}_request`>;
/** The name of the reply to a request: `desc_request` -> `desc_reply`. */
type ReplyTo<N extends RequestName> = N extends `${infer What}_request` ? Extract<MessageName, `${What}_reply`> : never;

/** Bytes that may wait to be sent before a sender of many messages pauses. */
const SEND_WINDOW = 1 << 20;

export class OpenFlowClient {
  version: OfVersion;
  /** What the connection has agreed on beyond the version. */
  readonly codec: CodecOptions = {};
  private readonly framer = new Framer();
  private readonly inbox: Message[] = [];
  private waiter: { resolve: (message: Message) => void; reject: (error: Error) => void } | null = null;
  private drained: (() => void) | null = null;
  private failure: Error | null = null;
  private lastXid = 0;

  private constructor(
    private readonly stream: Stream,
    readonly target: string,
    versions: number,
  ) {
    this.version = highestVersion(versions);
    stream.onData = (chunk) => this.take(chunk);
    stream.onClose = (why) => this.fail(this.talkError(why ?? 'End of file'));
    stream.onDrain = () => {
      this.drained?.();
      this.drained = null;
    };
  }

  /** Connects to a bridge or a target and agrees on a version; `versions` has bit v set for wire version v. */
  static async connect(name: string, versions: number, rundir: string): Promise<OpenFlowClient> {
    const target = targetNamed(name, rundir);
    const client = new OpenFlowClient(await open(target, name), formatTarget(target), versions);
    client.send('hello', { versions });
    const hello = await client.receive();
    if (hello.name !== 'hello') throw client.talkError('Protocol error');
    const version = negotiate(versions, hello.body.versions);
    if (version === null)
      throw new UserError(
        `${client.target}: version negotiation failed (we support ${list(versions)}, peer supports ${list(hello.body.versions)})`,
      );
    client.version = version;
    return client;
  }

  /** Sends a message and returns its transaction id. */
  send<N extends MessageName>(name: N, body: MessageBodies[N], variant?: Variant): number {
    const xid = ++this.lastXid;
    const message = { name, version: this.version, xid, body, ...(variant ? { variant } : {}) } as Message;
    this.stream.write(this.encode(message));
    return xid;
  }

  /** What the next message sent will have for a transaction id. */
  get nextXid(): number {
    return this.lastXid + 1;
  }

  private encode(message: Message): Uint8Array {
    try {
      return encodeMessage(message, this.codec);
    } catch (error) {
      if (!(error instanceof OpenFlowError)) throw error;
      throw new UserError(`OpenFlow 1.${this.version - 1} cannot say this: ${error.message}`);
    }
  }

  /** The next message, whatever it is; echo requests are answered on the way. */
  receive(): Promise<Message> {
    const next = this.inbox.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiter = { resolve, reject };
    });
  }

  /** The reply to a request. Throws RefusedError when it is an error. */
  async request<N extends RequestName>(
    name: N,
    body: MessageBodies[N],
    variant?: Variant,
  ): Promise<MessageOf<ReplyTo<N>>> {
    const xid = this.send(name, body, variant);
    return (await this.replyTo(xid)) as MessageOf<ReplyTo<N>>;
  }

  /** All parts of the reply to a multipart request. */
  async *requestAll<N extends RequestName>(
    name: N,
    body: MessageBodies[N],
    variant?: Variant,
  ): AsyncGenerator<MessageOf<ReplyTo<N>>> {
    const xid = this.send(name, body, variant);
    for (;;) {
      const part = await this.replyTo(xid);
      yield part as MessageOf<ReplyTo<N>>;
      if (!(part.body as { more?: boolean }).more) return;
    }
  }

  private async replyTo(xid: number): Promise<Message> {
    for (;;) {
      const message = await this.receive();
      if (message.xid !== xid) continue;
      if (message.name === 'error') throw new RefusedError(message);
      return message;
    }
  }

  /** Waits until the switch has done all that was sent; gives the errors it answered with. */
  async barrier(): Promise<MessageOf<'error'>[]> {
    const xid = this.send('barrier_request', null);
    const errors: MessageOf<'error'>[] = [];
    for (;;) {
      const message = await this.receive();
      if (message.name === 'error') errors.push(message);
      else if (message.xid === xid) return errors;
    }
  }

  /** Resolves when what has been sent is mostly on its way. */
  ready(): Promise<void> {
    if (this.stream.queued < SEND_WINDOW) return Promise.resolve();
    return new Promise((resolve) => {
      this.drained = resolve;
    });
  }

  close(): void {
    this.stream.onClose = () => {};
    this.stream.end();
  }

  private take(chunk: Uint8Array): void {
    this.framer.push(chunk);
    for (let bytes = this.framer.next(); bytes !== null; bytes = this.framer.next()) this.dispatch(bytes.slice());
    if (this.framer.broken) this.fail(this.talkError('Protocol error'));
  }

  private dispatch(bytes: Uint8Array): void {
    let message: Message;
    try {
      message = decodeMessage(bytes, this.codec);
    } catch {
      return this.fail(this.talkError('Protocol error'));
    }
    if (message.name === 'echo_request') {
      const { version, xid, body } = message;
      this.stream.write(encodeMessage({ name: 'echo_reply', version, xid, body }));
    } else if (this.waiter !== null) {
      this.waiter.resolve(message);
      this.waiter = null;
    } else {
      this.inbox.push(message);
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.stream.destroy();
    this.waiter?.reject(this.failure);
    this.waiter = null;
    this.drained?.();
  }

  /** As ovs-ofctl speaks of a broken connection. */
  talkError(why: string): UserError {
    return new UserError(`talking to ${this.target} (${why})`);
  }
}

function list(versions: number): string {
  const words: string[] = [];
  for (let v = 1; v <= 6; v++) if ((versions & (1 << v)) !== 0) words.push(`0x0${v}`);
  return words.length === 0 ? 'none' : `version ${words.join(', ')}`;
}

/** "tcp:..." and "unix:..." as they are; else a bridge of this run directory, else the path of a socket. */
function targetNamed(name: string, rundir: string): ActiveTarget {
  if (/^(tcp|unix|ssl|ptcp|punix|pssl):/.test(name)) {
    try {
      return parseActiveTarget(name);
    } catch (error) {
      throw error instanceof TargetError ? new UserError(error.message) : error;
    }
  }
  const path = [`${rundir}/${name}.mgmt`, name].find(isSocket);
  if (path === undefined) throw new UserError(`${name} is not a bridge or a socket\n${bridgesIn(rundir)}`);
  return { kind: 'unix', path };
}

/** Where was looked, and what was there. */
function bridgesIn(rundir: string): string {
  const bridges = filesIn(rundir).flatMap((file) => /^(.+)\.mgmt$/.exec(file)?.slice(1) ?? []);
  return `Bridges in ${rundir} (choose it by --rundir or OVS_RUNDIR): ${bridges.join(', ') || 'none'}`;
}

/** None where there is no such directory, or nothing may be read in it. */
function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

const isSocket = (path: string): boolean => existsSync(path) && lstatSync(path).isSocket();

async function open(target: ActiveTarget, name: string): Promise<Stream> {
  try {
    return await connect(target);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const isBridge = target.kind === 'unix' && !name.startsWith('unix:');
    const what = isBridge ? `${target.path}: failed to connect to socket` : `connecting to ${formatTarget(target)}`;
    const way =
      error.detail.errno === 'EACCES' ? '\nThe switch belongs to another user: ask as that one, as with sudo.' : '';
    throw new UserError(`${what} (${strerror(error.detail.errno)})${way}`);
  }
}
