/** JSON-RPC 1.0 as unixctl and OVSDB speak it: requests, replies and notifications over a stream. */
import { JsonStream, JsonStreamError } from './json-stream.js';
import type { Stream } from './stream.js';

export interface Request {
  method: string;
  params: unknown[];
  /** Null for a notification. */
  id: unknown;
}

export interface Reply {
  id: unknown;
  result: unknown;
  error: unknown;
}

export interface JsonRpcHandlers {
  onRequest(request: Request): void;
  onReply(reply: Reply): void;
  onClose(error: Error | null): void;
}

export class JsonRpc {
  private readonly json = new JsonStream();
  private lastId = 0;

  constructor(private readonly stream: Stream) {}

  start(handlers: JsonRpcHandlers): void {
    this.stream.start({
      onData: (chunk) => this.receive(chunk, handlers),
      onClose: (error) => handlers.onClose(error),
    });
  }

  request(method: string, params: unknown[]): number {
    const id = this.lastId++;
    this.send({ method, params, id });
    return id;
  }

  reply(id: unknown, result: unknown): void {
    this.send({ id, result, error: null });
  }

  replyError(id: unknown, error: unknown): void {
    this.send({ id, result: null, error });
  }

  end(): void {
    this.stream.end();
  }

  destroy(): void {
    this.stream.destroy();
  }

  private send(value: unknown): void {
    this.stream.write(JSON.stringify(value));
  }

  /** What is not JSON-RPC ends the connection: there is no way to find the next message. */
  private receive(chunk: Uint8Array, handlers: JsonRpcHandlers): void {
    try {
      for (const value of this.json.push(chunk)) this.dispatch(value, handlers);
    } catch (error) {
      if (!(error instanceof JsonStreamError)) throw error;
      this.stream.destroy();
    }
  }

  private dispatch(value: unknown, handlers: JsonRpcHandlers): void {
    if (!isObject(value)) throw new JsonStreamError('a JSON-RPC message is an object');
    const { method, params, id, result, error } = value;
    if (typeof method === 'string' && Array.isArray(params)) handlers.onRequest({ method, params, id: id ?? null });
    else if (id !== undefined && method === undefined)
      handlers.onReply({ id, result: result ?? null, error: error ?? null });
    else throw new JsonStreamError('neither a request nor a reply');
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
