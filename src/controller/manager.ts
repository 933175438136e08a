/**
 * All OpenFlow connections of one switch: those it accepts, on its own socket and on addresses it was told to listen on,
 * and those it makes to controllers and makes again, with growing pauses, when they are lost.
 */
import type { Clock } from '../../datapath/base/clock.js';
import { logger } from '../../datapath/base/log.js';
import { Backoff } from '../net/backoff.js';
import { ConnectError, connect, type Listener, listen, type Stream } from '../net/stream.js';
import {
  type ActiveTarget,
  formatTarget,
  type PassiveTarget,
  parseActiveTarget,
  parsePassiveTarget,
} from '../net/target.js';
import type { ConnectionKind } from '../ofproto/connection.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import { Session } from './session.js';

/** How often probes, reconnections and time-outs are looked at. */
const TICK_MS = 250;
/** Connections accepted at a time: a bound for a switch that is scanned or leaked to. */
const MAX_ACCEPTED = 256;
/** Silence after which a controller is asked for a sign of life. Tools on the switch's own socket are not asked. */
const CONTROLLER_PROBE_MS = 5_000;

const log = logger('rconn');

export class ControllerManager {
  private readonly ofproto: Ofproto;
  private readonly clock: Clock;
  private readonly sessions = new Set<Session>();
  private readonly listeners = new Map<string, Listener>();
  private readonly controllers = new Map<string, Controller>();
  private readonly timer: NodeJS.Timeout;

  constructor(ofproto: Ofproto, clock: Clock) {
    this.ofproto = ofproto;
    this.clock = clock;
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  /** The switch's own socket, RUNDIR/NAME.mgmt: for tools, which get nothing they did not ask for. */
  async serve(path: string): Promise<void> {
    await this.accept(`punix:${path}`, 'service');
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
    });
    this.sessions.add(session);
    return session;
  }

  private async accept(target: string, kind: ConnectionKind): Promise<Listener> {
    const parsed: PassiveTarget = parsePassiveTarget(target);
    const listener = await listen(parsed, (stream) => {
      if (this.sessions.size >= MAX_ACCEPTED) return stream.destroy();
      this.begin(stream, kind, (why) => log.dbg(`${stream.peer}: ${why}`));
    });
    this.listeners.set(target, listener);
    return listener;
  }

  private tick(): void {
    const now = this.clock.now();
    for (const session of this.sessions) session.tick(now);
    for (const controller of this.controllers.values()) controller.tick(now);
  }
}

/** One controller we connect to. */
class Controller {
  private readonly manager: ControllerManager;
  private readonly target: ActiveTarget;
  private readonly name: string;
  private readonly backoff = new Backoff({ probeMs: 0 });
  private attempt: AbortController | null = null;
  private session: Session | null = null;

  constructor(manager: ControllerManager, target: ActiveTarget) {
    this.manager = manager;
    this.target = target;
    this.name = formatTarget(target);
    this.backoff.enable(manager.now());
  }

  get isConnected(): boolean {
    return this.session !== null;
  }

  tick(now: number): void {
    switch (this.backoff.run(now)) {
      case 'connect':
        void this.open(now);
        return;
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
    log.info(`${this.name}: connecting...`);
    this.backoff.connecting(now);
    this.attempt = new AbortController();
    try {
      const stream = await connect(this.target, this.attempt.signal);
      if (this.backoff.state === 'void') return stream.destroy();
      log.info(`${this.name}: connected`);
      this.backoff.connected(this.manager.now());
      this.session = this.manager.begin(stream, 'controller', (why) => this.lost(why));
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      log.info(`${this.name}: connection failed (${error.message})`);
      this.backoff.disconnected(this.manager.now());
    } finally {
      this.attempt = null;
    }
  }

  private lost(why: string): void {
    log.info(`${this.name}: ${why}`);
    this.session = null;
    this.backoff.disconnected(this.manager.now());
  }
}
