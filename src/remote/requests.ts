/** Requests that wait for their answers, by transaction id. Answers in parts are put together. */
import type { Message, MessageBodies, MessageName } from '../openflow/message-types.js';
import { RemoteError } from './error.js';

type Subject<N extends MessageName> = N extends `${infer S}_request` ? S : never;
/** Messages that are answered: each NAME_request by NAME_reply. */
export type RequestName = {
  [N in MessageName]: `${Subject<N>}_reply` extends MessageName ? N : never;
}[MessageName];
/** The name of the reply to a request. */
export type ReplyName<N extends RequestName> = Extract<`${Subject<N>}_reply`, MessageName>;
/** The body of the reply to a request; replies in parts come joined. */
export type ReplyBody<N extends RequestName> = MessageBodies[ReplyName<N>];

/** Open requests of one connection: far more than a program that waits for answers has. */
const MAX_OPEN_REQUESTS = 10_000;
/** Bytes of one answer in parts: a million flows. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

interface PendingRequest {
  reply: string;
  dueMs: number;
  parts: Message[];
  bytes: number;
  resolve: (body: never) => void;
  reject: (error: RemoteError) => void;
}

export class Requests {
  private readonly open = new Map<number, PendingRequest>();

  /** The body of the reply; fails with RemoteError. `send` is only called if there is a place. */
  add<T>(xid: number, reply: string, dueMs: number, send: () => void): Promise<T> {
    if (this.open.size >= MAX_OPEN_REQUESTS) {
      return Promise.reject(new RemoteError(`more than ${MAX_OPEN_REQUESTS} requests are open`, { code: 'limit' }));
    }
    return new Promise((resolve, reject) => {
      send();
      this.open.set(xid, { reply, dueMs, parts: [], bytes: 0, resolve, reject });
    });
  }

  /** Nobody waits for it any more. */
  forget(xid: number): void {
    this.open.delete(xid);
  }

  /** True if the message belongs to an open request. */
  handle(message: Message, size: number): boolean {
    const open = this.open.get(message.xid);
    if (open === undefined) return false;
    if (message.name === 'error') {
      this.fail(message.xid, remoteErrorOf(message.body));
      return true;
    }
    if (message.name !== open.reply) return false;
    open.parts.push(message);
    open.bytes += size;
    if (open.bytes > MAX_ANSWER_BYTES) {
      this.fail(message.xid, new RemoteError(`the ${message.name} is too long`, { code: 'limit' }));
    } else if (!hasMore(message)) {
      this.open.delete(message.xid);
      open.resolve(joined(open.parts) as never);
    }
    return true;
  }

  fail(xid: number, error: RemoteError): void {
    const open = this.open.get(xid);
    this.open.delete(xid);
    open?.reject(error);
  }

  /** Gives up those that are overdue. */
  expire(now: number): void {
    for (const [xid, { reply, dueMs }] of this.open) {
      if (now >= dueMs) this.fail(xid, new RemoteError(`no ${reply} in time`, { code: 'timeout' }));
    }
  }

  failAll(why: string): void {
    for (const xid of [...this.open.keys()]) this.fail(xid, new RemoteError(why, { code: 'closed' }));
  }
}

function remoteErrorOf({ error }: MessageBodies['error']): RemoteError {
  const name = typeof error === 'string' ? error : `error type ${error.type}, code ${error.code}`;
  return new RemoteError(`the switch has answered ${name}`, { code: 'refused', error });
}

const hasMore = ({ body }: Message): boolean => body !== null && 'more' in body && body.more === true;

/** Bodies of parts have one list, whose pieces follow each other. */
function joined(parts: readonly Message[]): Message['body'] {
  const last = parts.at(-1)!.body;
  if (parts.length === 1 || last === null) return last;
  const bodies = parts.map(({ body }) => body as unknown as Record<string, unknown>);
  const lists = Object.entries(last).filter(([, value]) => Array.isArray(value));
  const whole = lists.map(([key]) => [key, bodies.flatMap((body) => body[key] as unknown[])]);
  return { ...last, ...Object.fromEntries(whole) } as Message['body'];
}
