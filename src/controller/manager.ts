/**
 * All OpenFlow connections of one switch: those it accepts, on its own socket and on addresses it was told to listen on,
 * and those it makes to controllers and makes again, with growing pauses, when they are lost.
 */
import type { Clock } from '../../datapath/base/clock.js';
import { add, counter } from '../../datapath/base/counters.js';
import { guard, guardAsync } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import { Backoff } from '../net/backoff.js';
import { ConnectError, connect, type Listener, listen, type Stream } from '../net/stream.js';
import { type ActiveTarget, formatTarget, parseActiveTarget, parsePassiveTarget } from '../net/target.js';
import type { ConnectionKind } from '../ofproto/connection.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import { type ControllerHealth, FailOpen } from './fail-open.js';
import { Session } from './session.js';
import { Snoop } from './snoop.js';

/** How often probes, reconnections and time-outs are looked at. */
const TICK_MS = 250;
/**
 * Connections that one listener has at a time: a bound for a switch that is scanned or leaked to. Each listener has places of its own, so
 * nobody who comes over the network takes those of the tools on the bridge's own socket.
 */
const MAX_ACCEPTED = 256;
/** Silence after which a controller is asked for a sign of life. Tools on the switch's own socket are not asked. */
const CONTROLLER_PROBE_MS = 5_000;

/** Probes that pass without a sign of life before the controllers are believed gone. */
const FAIL_OPEN_PROBES = 3;

const log = logger('rconn');
const connmgr = logger('connmgr');
const refusedLimit = new RateLimit(5, 5);
const closedLimit = new RateLimit(60, 60);
/** Connections for which a listener had no place. */
const refused = counter('openflow_connection_refused');

export interface ManagerOptions {
  /** Without its controllers the switch goes on by itself. */
  isStandalone?: boolean;
}

/** The OpenFlow connections of one switch. Its own timer looks after them until `close`: backoff, probes, fail-open. */
export class ControllerManager {
  private readonly ofproto: Ofproto;
  private readonly clock: Clock;
  private readonly sessions = new Set<Session>();
  private readonly listeners = new Map<string, Listener>();
  private readonly controllers = new Map<string, Controller>();
  private readonly snoop = new Snoop();
  private failOpen: FailOpen | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(ofproto: Ofproto, clock: Clock, { isStandalone = false }: ManagerOptions = {}) {
    this.ofproto = ofproto;
    this.clock = clock;
    this.setStandalone(isStandalone);
    this.timer = setInterval(() => guard('looking after OpenFlow connections', undefined, () => this.tick()), TICK_MS);
    this.timer.unref();
  }

  /** Whether the switch goes on by itself without its controllers. */
  setStandalone(isStandalone: boolean): void {
    if (isStandalone === (this.failOpen !== null)) return;
    this.failOpen?.end();
    this.failOpen = isStandalone ? new FailOpen(this.ofproto, FAIL_OPEN_PROBES * CONTROLLER_PROBE_MS) : null;
  }

  /** Ends all connections with controllers: what they have learned of the switch at their beginning has changed. They connect again. */
  reconnect(): void {
    for (const session of [...this.sessions]) if (session.kind === 'controller') session.close();
  }

  /** The switch's own socket, RUNDIR/NAME.mgmt: for tools, which get nothing they did not ask for. */
  async serve(path: string): Promise<void> {
    await this.accept(`punix:${path}`, 'service');
  }

  /** The socket for those who want to listen to controllers. */
  async serveSnoop(path: string): Promise<void> {
    await this.snoop.serve(path, this.ofproto.versions);
  }

  /** Waits for controllers: "ptcp:6653:127.0.0.1", "punix:PATH". Returns the TCP port, which may have been chosen here. */
  async listen(target: string): Promise<number | null> {
    return (await this.accept(target, 'controller')).port;
  }

  /** Connects to a controller, "tcp:HOST[:PORT]" or "unix:PATH", and keeps connected until `disconnect`. */
  connect(target: string): void {
    if (this.controllers.has(target)) return;
    this.controllers.set(target, new Controller(this, parseActiveTarget(target)));
    this.tick();
  }

  disconnect(target: string): void {
    this.controllers.get(target)?.close();
    this.controllers.delete(target);
  }

  /** Stops waiting there; who is connected stays. */
  async unlisten(target: string): Promise<void> {
    const listener = this.listeners.get(target);
    this.listeners.delete(target);
    await listener?.close();
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  /** Targets of controllers with their state, for status displays. */
  status(): { target: string; isConnected: boolean }[] {
    return [...this.controllers].map(([target, { isConnected }]) => ({ target, isConnected }));
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const target of [...this.controllers.keys()]) this.disconnect(target);
    await Promise.all([...this.listeners.keys()].map((target) => this.unlisten(target)));
    for (const session of this.sessions) session.close();
    await this.snoop.close();
  }

  now(): number {
    return this.clock.now();
  }

  /** Speaks OpenFlow over the stream from now on. */
  begin(stream: Stream, kind: ConnectionKind, onClose: (why: string) => void): Session {
    const session = new Session(this.ofproto, stream, {
      kind,
      probeMs: kind === 'controller' ? CONTROLLER_PROBE_MS : 0,
      now: () => this.clock.now(),
      onClose: (why) => {
        this.sessions.delete(session);
        onClose(why);
      },
      ...(kind === 'controller' ? { tap: (bytes) => this.snoop.copy(bytes) } : {}),
    });
    this.sessions.add(session);
    return session;
  }

  private async accept(target: string, kind: ConnectionKind): Promise<Listener> {
    let places = MAX_ACCEPTED;
    const listener = await listen(parsePassiveTarget(target), (stream) => {
      if (places === 0) return refuse(stream, target);
      places--;
      this.begin(stream, kind, (why) => {
        places++;
        log.dbg(() => `${stream.peer}: ${why}`, closedLimit);
      });
    });
    this.listeners.set(target, listener);
    return listener;
  }

  /** Probes, reconnections, time-outs. A timer does it, too. */
  tick(): void {
    const now = this.clock.now();
    for (const session of this.sessions) {
      const tick = (): void => session.tick(now);
      guard('looking after an OpenFlow connection', undefined, tick, () => session.destroy());
    }
    for (const controller of this.controllers.values()) controller.tick(now);
    this.failOpen?.run(this.health(now), now);
  }

  private health(now: number): ControllerHealth {
    const all = [...this.controllers.values()];
    return {
      lostMs: all.length === 0 ? 0 : Math.min(...all.map((controller) => controller.lostMs(now))),
      isConnected: all.some(({ isConnected }) => isConnected),
      isAtWork: all.some(({ isAtWork }) => isAtWork),
    };
  }
}

function refuse(stream: Stream, target: string): void {
  add(refused);
  connmgr.warn(`${target}: refused ${stream.peer}, since ${MAX_ACCEPTED} connections are there already`, refusedLimit);
  stream.destroy();
}

/** One controller we connect to. */
class Controller {
  private readonly manager: ControllerManager;
  private readonly target: ActiveTarget;
  private readonly name: string;
  private readonly backoff = new Backoff({ probeMs: 0 });
  /** A controller that hangs up at once is connected to again and again. */
  private readonly limit = new RateLimit(30, 30);
  private attempt: AbortController | null = null;
  private session: Session | null = null;
  private connectedMs: number;

  constructor(manager: ControllerManager, target: ActiveTarget) {
    this.manager = manager;
    this.target = target;
    this.connectedMs = manager.now();
    this.name = formatTarget(target);
    this.backoff.enable(manager.now());
  }

  get isConnected(): boolean {
    return this.session !== null;
  }

  get isAtWork(): boolean {
    return this.session?.isAtWork === true;
  }

  /** Since when it has not been connected, if only from the beginning on. */
  lostMs(now: number): number {
    return this.isConnected ? 0 : now - this.connectedMs;
  }

  tick(now: number): void {
    switch (this.backoff.run(now)) {
      case 'connect':
        return guardAsync('connecting to a controller', () => this.open(now));
      case 'disconnect':
        this.attempt?.abort();
    }
  }

  close(): void {
    this.backoff.disable(this.manager.now());
    this.attempt?.abort();
    this.session?.close();
  }

  private async open(now: number): Promise<void> {
    log.info(`${this.name}: connecting...`, this.limit);
    this.backoff.connecting(now);
    this.attempt = new AbortController();
    try {
      const stream = await connect(this.target, this.attempt.signal);
      if (this.backoff.state === 'void') return stream.destroy();
      log.info(`${this.name}: connected`, this.limit);
      this.backoff.connected(this.manager.now());
      this.session = this.manager.begin(stream, 'controller', (why) => this.lost(why));
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      log.info(`${this.name}: connection failed (${error.message})`, this.limit);
      this.backoff.disconnected(this.manager.now());
    } finally {
      this.attempt = null;
    }
  }

  private lost(why: string): void {
    log.info(`${this.name}: ${why}`, this.limit);
    this.session = null;
    this.connectedMs = this.manager.now();
    this.backoff.disconnected(this.manager.now());
  }
}
