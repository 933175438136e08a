/**
 * JSON-RPC 1.0 over a stream, both sides: requests with an id, their answers, and notifications, which have none.
 * (RFC 7047, section 4, is how Open vSwitch uses it.)
 */
import { SwitchError } from '../../datapath/base/error.js';
import { JsonStream } from './json-stream.js';
import type { Stream } from './stream.js';

export class RpcError extends SwitchError<{ code: 'closed' | 'refused'; error: unknown }> {
  constructor(message: string, code: 'closed' | 'refused', error: unknown = null) {
    super(message, { code, error });
  }
}

/** A call of the peer: `id` null for a notification. */
export interface Call {
  method: string;
  params: unknown[];
  id: unknown;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: RpcError): void;
}

/** Unanswered calls of ours: far more than any client here keeps open. */
const MAX_WAITING = 10_000;

export class JsonRpc {
  /** A request or a notification has come. */
  onCall: (call: Call) => void = () => {};
  /** Called once; every open call has failed by then. */
  onClose: (why: string | null) => void = () => {};
  /** Everything sent has been taken, after `queued` was not 0. */
  onDrain: () => void = () => {};
  private readonly stream: Stream;
  private readonly parser: JsonStream;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private violation: string | null = null;

  constructor(stream: Stream, maxTextBytes?: number) {
    this.stream = stream;
    this.parser = new JsonStream(maxTextBytes);
    stream.onData = (chunk) => this.receive(chunk);
    stream.onClose = (why) => this.closed(why);
    stream.onDrain = () => this.onDrain();
  }

  get peer(): string {
    return this.stream.peer;
  }

  get isOpen(): boolean {
    return this.stream.isOpen;
  }

  /** Bytes the peer has not taken yet. */
  get queued(): number {
    return this.stream.queued;
  }

  call(method: string, params: unknown[]): Promise<unknown> {
    if (!this.stream.isOpen) return Promise.reject(new RpcError('the connection is closed', 'closed'));
    if (this.waiting.size >= MAX_WAITING) return Promise.reject(new RpcError('too many open calls', 'refused'));
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send({ method, params, id });
    });
  }

  notify(method: string, params: unknown[]): void {
    this.send({ method, params, id: null });
  }

  reply(id: unknown, result: unknown): void {
    this.send({ id, result, error: null });
  }

  replyError(id: unknown, error: unknown): void {
    this.send({ id, result: null, error });
  }

  /** Sends part of an answer whose JSON the caller puts together; nothing else may be sent until all parts are. */
  replyPart(json: string): void {
    this.stream.write(json);
  }

  /** No further calls are taken in until `resume`. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.stream.destroy();
  }

  private send(message: Record<string, unknown>): void {
    this.stream.write(JSON.stringify(message));
  }

  private receive(chunk: Uint8Array): void {
    try {
      this.parser.push(chunk);
      for (let value = this.parser.next(); value !== undefined; value = this.parser.next()) this.dispatch(value);
    } catch (error) {
      if (!(error instanceof SwitchError)) throw error;
      this.violate(error.message);
    }
  }

  private dispatch(value: unknown): void {
    const message = value as Record<string, unknown>;
    const { method, params, id } = message;
    if (typeof method === 'string') {
      if (!Array.isArray(params) || id === undefined)
        return this.violate(`the parameters or the id of "${method}" are missing`);
      this.onCall({ method, params, id });
    } else if (typeof id === 'number' && ('result' in message || 'error' in message)) {
      this.answered(id, message);
    } else {
      this.violate('a JSON-RPC message is neither a request nor an answer');
    }
  }

  private answered(id: number, message: Record<string, unknown>): void {
    const waiting = this.waiting.get(id);
    if (waiting === undefined) return;
    this.waiting.delete(id);
    const { error } = message;
    if (error === null || error === undefined) waiting.resolve(message.result);
    else waiting.reject(new RpcError(typeof error === 'string' ? error : JSON.stringify(error), 'refused', error));
  }

  /** What is no JSON-RPC ends the connection, as in Open vSwitch. */
  private violate(why: string): void {
    this.violation = why;
    this.stream.destroy();
  }

  private closed(why: string | null): void {
    const reason = this.violation ?? why;
    for (const { reject } of this.waiting.values())
      reject(new RpcError(reason ?? 'the connection was closed', 'closed'));
    this.waiting.clear();
    this.onClose(reason);
  }
}
