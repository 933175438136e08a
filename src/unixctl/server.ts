/**
 * The control socket: JSON-RPC requests whose methods are commands. Requests of one connection are answered in their
 * order, one at a time; meanwhile the connection is not read, so a client cannot pile up work.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { SwitchError } from '../../datapath/base/error.js';
import { reportFailure } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import { type Call, JsonRpc } from '../net/jsonrpc.js';
import { type Listener, listen } from '../net/stream.js';
import { SOCKET_MODE } from '../net/target.js';
import { after } from '../net/timeout.js';
import { sendPieces } from './pieces.js';
import { type Answer, type OutputFormat, type Pieces, type Registry, UnixctlError } from './registry.js';

/** Clients at a time; commands come one by one, so more are a mistake somewhere. */
const MAX_CLIENTS = 64;
/** A command line is small. */
const MAX_REQUEST_BYTES = 1024 * 1024;
/** A client that has asked nothing whole for so long has no place any more: others may need it. */
const REQUEST_TIMEOUT_MS = 60_000;
/** How long the end waits for answers that are still being sent. */
const FINISH_MS = 2000;

const log = logger('unixctl');
const failureLimit = new RateLimit(5, 5);
const brokenOffLimit = new RateLimit(5, 5);
const timeoutLimit = new RateLimit(5, 5);

export interface UnixctlServer {
  /** Stops; answers on their way are still delivered. */
  close(): Promise<void>;
}

export interface UnixctlOptions {
  /** For tests. */
  requestTimeoutMs?: number;
}

export async function serveUnixctl(
  path: string,
  registry: Registry,
  { requestTimeoutMs = REQUEST_TIMEOUT_MS }: UnixctlOptions = {},
): Promise<UnixctlServer> {
  const clients = new Set<Client>();
  const listener: Listener = await listen({ kind: 'punix', path, mode: SOCKET_MODE }, (stream) => {
    if (clients.size >= MAX_CLIENTS) return stream.destroy();
    const client = new Client(new JsonRpc(stream, MAX_REQUEST_BYTES), registry, requestTimeoutMs, () =>
      clients.delete(client),
    );
    clients.add(client);
  });
  return {
    async close() {
      await listener.close();
      await Promise.all([...clients].map((client) => client.finish()));
    },
  };
}

class Client {
  private readonly rpc: JsonRpc;
  private readonly registry: Registry;
  private readonly calls: Call[] = [];
  private format: OutputFormat = 'text';
  private working: Promise<void> | null = null;
  /** Aborted when the peer has hung up. */
  private readonly gone = new AbortController();

  private readonly requestTimeoutMs: number;
  private cancelTimeout: () => void = () => {};

  constructor(rpc: JsonRpc, registry: Registry, requestTimeoutMs: number, closed: () => void) {
    this.requestTimeoutMs = requestTimeoutMs;
    this.rpc = rpc;
    this.registry = registry;
    rpc.onClose = () => {
      closed();
      this.cancelTimeout();
      this.gone.abort();
    };
    rpc.onCall = (call) => {
      this.calls.push(call);
      this.working ??= this.work().catch((error: unknown) => {
        reportFailure('answering a control command', error);
        rpc.destroy();
      });
    };
    this.expectRequest();
  }

  /** Answers what has been asked, then hangs up. */
  async finish(): Promise<void> {
    if (this.working !== null) await Promise.race([this.working, delay(FINISH_MS, null, { ref: false })]);
    if (this.working === null) this.rpc.end();
    else this.rpc.destroy();
  }

  private expectRequest(): void {
    this.cancelTimeout = after(this.requestTimeoutMs, () => {
      log.dbg(() => `${this.rpc.peer}: no request within ${this.requestTimeoutMs / 1000} s`, timeoutLimit);
      this.rpc.destroy();
    });
  }

  private async work(): Promise<void> {
    this.cancelTimeout();
    this.rpc.pause();
    for (let call = this.calls.shift(); call !== undefined; call = this.calls.shift()) await this.answer(call);
    this.working = null;
    this.expectRequest();
    this.rpc.resume();
  }

  private async answer({ method, params, id }: Call): Promise<void> {
    if (id === null) return this.rpc.destroy();
    try {
      const answer = await this.execute(method, params);
      if ('value' in answer) return this.rpc.reply(id, answer.value);
      const { text, isWrapped } = answer;
      if (typeof text !== 'string') return await this.sendLong(id, method, text, isWrapped);
      const whole = wholeLines(text);
      this.rpc.reply(id, isWrapped ? { 'reply-format': 'plain', reply: whole } : whole);
    } catch (error) {
      this.rpc.replyError(id, errorText(method, error));
    }
  }

  /** An answer that breaks off ends the connection: nothing else tells the peer that it is not whole. */
  private async sendLong(id: unknown, method: string, pieces: Pieces, isWrapped: boolean): Promise<void> {
    const { rpc, gone } = this;
    const head = `{"id":${JSON.stringify(id)},"result":${isWrapped ? '{"reply-format":"plain","reply":' : ''}"`;
    const tail = `"${isWrapped ? '}' : ''},"error":null}`;
    const trouble = await sendPieces({ rpc, pieces, head, tail, signal: gone.signal });
    if (trouble === null) return;
    log.warn(() => `"${method}": the answer broke off: ${trouble}`, brokenOffLimit);
    rpc.destroy();
  }

  private async execute(method: string, params: readonly unknown[]): Promise<Answer> {
    const args = params.filter((param) => typeof param === 'string');
    if (args.length !== params.length) throw new UnixctlError(`"${method}" command has non-string argument`);
    if (method !== 'set-options') return this.registry.run(method, args, this.format);
    this.format = parseFormat(args);
    return { text: '', isWrapped: false };
  }
}

/**
 * A bug in one command is not worth the switch: it is logged, and the client gets an error. What was expected to go wrong is not logged.
 */
function errorText(method: string, error: unknown): string {
  const { message, stack } = error as Error;
  if (error instanceof UnixctlError || error instanceof SwitchError) return wholeLines(message);
  log.err(() => `"${method}" command failed: ${stack}`, failureLimit);
  return wholeLines(`internal error: ${message}`);
}

/** Text ends with a line's end, unless there is none. */
function wholeLines(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function parseFormat(args: string[]): OutputFormat {
  const [option, format] = args;
  if (option !== '--format') throw new UnixctlError(`Unknown option: ${option ?? ''}`);
  if (format !== 'text' && format !== 'json') throw new UnixctlError(`Invalid output format: ${format ?? ''}`);
  return format;
}
