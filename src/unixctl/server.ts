/**
 * The socket that ovs-appctl talks to: JSON-RPC requests whose method is the command and whose result is the text to print.
 * One command of a connection at a time, in order, so that a delayed reply cannot be overtaken.
 */
import { logger } from '../../datapath/base/log.js';
import { JsonRpc, type Request } from '../net/jsonrpc.js';
import { type Listener, listen, type Stream } from '../net/stream.js';
import { DEFAULT_SOCKET_MODE } from '../net/target.js';
import { type Registry, UnixctlError } from './registry.js';

const log = logger('unixctl');

/** Requests one connection may have waiting; a client that sends more without reading is cut off. */
const MAX_WAITING = 64;
/** Connections at once. */
const MAX_CONNECTIONS = 256;

export class UnixctlServer {
  private readonly connections = new Set<Connection>();
  private listener: Listener | null = null;

  constructor(private readonly registry: Registry) {}

  async listen(path: string): Promise<void> {
    this.listener = await listen({ kind: 'punix', path, mode: DEFAULT_SOCKET_MODE }, (stream) => this.accept(stream));
  }

  /** Replies under way are still written. */
  async close(): Promise<void> {
    const closed = this.listener?.close();
    for (const connection of this.connections) connection.end();
    await closed;
  }

  private accept(stream: Stream): void {
    if (this.connections.size >= MAX_CONNECTIONS) return stream.destroy();
    const connection = new Connection(stream, this.registry, () => this.connections.delete(connection));
    this.connections.add(connection);
  }
}

class Connection {
  private readonly rpc: JsonRpc;
  private readonly waiting: Request[] = [];
  private isBusy = false;
  private wantsJson = false;

  constructor(
    stream: Stream,
    private readonly registry: Registry,
    onClose: () => void,
  ) {
    this.rpc = new JsonRpc(stream);
    this.rpc.start({ onRequest: (request) => this.enqueue(request), onReply: () => this.rpc.destroy(), onClose });
  }

  end(): void {
    this.rpc.end();
  }

  private enqueue(request: Request): void {
    if (this.waiting.length >= MAX_WAITING) return this.rpc.destroy();
    this.waiting.push(request);
    if (!this.isBusy) void this.work();
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    for (let request = this.waiting.shift(); request !== undefined; request = this.waiting.shift())
      await this.serve(request);
    this.isBusy = false;
  }

  private async serve({ method, params, id }: Request): Promise<void> {
    if (!params.every((param) => typeof param === 'string'))
      return this.rpc.replyError(id, `${method} arguments must be strings`);
    log.dbg(() => `received request ${method}${JSON.stringify(params)}, id=${JSON.stringify(id)}`);
    try {
      const text = method === 'set-options' ? this.setOptions(params) : await this.registry.run(method, params);
      this.rpc.reply(id, this.wantsJson && method !== 'set-options' ? { 'reply-format': 'plain', reply: text } : text);
    } catch (error) {
      this.rpc.replyError(id, this.errorText(method, error));
    }
  }

  /** `ovs-appctl -f json` says so before its command. */
  private setOptions(params: readonly string[]): string {
    const [option, value] = params;
    if (params.length !== 2 || option !== '--format' || (value !== 'json' && value !== 'text')) {
      throw new UnixctlError(`option --format expects "text" or "json"`);
    }
    this.wantsJson = value === 'json';
    return '';
  }

  private errorText(method: string, error: unknown): string {
    if (error instanceof UnixctlError) return error.message;
    log.err(`${method} failed: ${error instanceof Error ? error.stack : String(error)}`);
    return `${method} failed inside the switch; its log says more`;
  }
}
