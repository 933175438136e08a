/**
 * A connection with an OVSDB server that is made again when it ends (RFC 7047 over a stream): a copy of the rows that is kept up to date, a
 * lock that only one switch has, and transactions. While the server is away the copy says what was last known.
 */
import { systemClock } from '../../datapath/base/clock.js';
import { guard, guardAsync } from '../../datapath/base/guard.js';
import { logger } from '../../datapath/base/log.js';
import { Backoff } from '../net/backoff.js';
import { strerror } from '../net/errno.js';
import { type Call, JsonRpc } from '../net/jsonrpc.js';
import { ConnectError, connect, type Stream } from '../net/stream.js';
import { type ActiveTarget, formatTarget } from '../net/target.js';
import { after } from '../net/timeout.js';
import { OvsdbError } from './error.js';
import { askForLock, follow, type Known, readSchema, UPDATES } from './handshake.js';
import { Replica } from './replica.js';
import { checkResults, Transaction } from './transaction.js';

const log = logger('reconnect');
const idl = logger('ovsdb_idl');

/** Pauses between attempts, as Open vSwitch has them. */
const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 8_000;
/** Changes that are kept until the rows are there: the server answers within moments. */
const MAX_EARLY = 10_000;

export interface OvsdbListener {
  /** Rows say something else, or the lock has come or gone. What has been said is in `replica` and `isInCharge`. */
  changed(): void;
}

export class OvsdbClient {
  readonly replica = new Replica();
  private readonly name: string;
  private readonly backoff: Backoff;
  private connection: Connection | null = null;
  private cancelTimer: () => void = () => {};
  private giveUp: AbortController | null = null;
  private since: string | null = null;
  private hasRows = false;
  private hadLock = false;

  constructor(
    private readonly target: ActiveTarget,
    private readonly lock: string,
    private readonly listener: OvsdbListener,
  ) {
    this.name = formatTarget(target);
    // On a socket of this machine there is nothing between that could break unseen.
    const probeMs = target.kind === 'unix' ? 0 : 5_000;
    this.backoff = new Backoff({ minBackoffMs: MIN_BACKOFF_MS, maxBackoffMs: MAX_BACKOFF_MS, probeMs });
  }

  start(): void {
    this.backoff.enable(systemClock.now());
    this.pump();
  }

  stop(): void {
    this.backoff.disable(systemClock.now());
    this.cancelTimer();
    this.giveUp?.abort();
    this.connection?.destroy();
  }

  /** The rows have been seen, and the lock was ours when the server was last heard of: while it is away, that does not change. */
  get isInCharge(): boolean {
    return this.hasRows && this.hadLock;
  }

  /** Somebody else is the switch of this database. */
  get isContested(): boolean {
    return this.connection?.isFollowing === true && !this.connection.hasLock;
  }

  /** Connected, with rows that are up to date, and the lock. */
  get canWrite(): boolean {
    return this.connection?.isFollowing === true && this.connection.hasLock;
  }

  transaction(): Transaction {
    return new Transaction(this.replica, this.lock);
  }

  /** Resolves when the rows are written, and `replica` says so. Fails with an OvsdbError or RpcError. */
  async commit(transaction: Transaction): Promise<void> {
    const { connection } = this;
    if (connection === null || !this.canWrite) throw new OvsdbError('closed', 'the database is away');
    if (!transaction.isEmpty) await connection.transact(transaction);
  }

  private pump(): void {
    this.cancelTimer();
    const now = systemClock.now();
    switch (this.backoff.run(now)) {
      case 'connect':
        guardAsync('connecting to the database', () => this.open());
        break;
      case 'probe':
        this.connection?.probe();
        break;
      case 'disconnect':
        log.err(`${this.name}: no response to inactivity probe after 5 seconds, disconnecting`);
        this.giveUp?.abort();
        this.connection?.destroy();
        break;
    }
    const due = this.backoff.deadline();
    if (due !== null) this.cancelTimer = after(Math.max(due - systemClock.now(), 1), () => this.pump());
  }

  private async open(): Promise<void> {
    this.backoff.connecting(systemClock.now());
    log.info(`${this.name}: connecting...`);
    this.giveUp = new AbortController();
    try {
      this.use(await connect(this.target, this.giveUp.signal));
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      log.info(`${this.name}: connection attempt failed (${strerror(error.detail.errno)})`);
      this.lost();
    }
  }

  private use(stream: Stream): void {
    if (this.backoff.state === 'void') return stream.destroy();
    log.info(`${this.name}: connected`);
    this.backoff.connected(systemClock.now());
    const connection = new Connection(stream, this.replica, {
      active: () => this.backoff.activity(systemClock.now()),
      changed: () => {
        this.hadLock = connection.hasLock;
        this.listener.changed();
      },
      following: (transaction) => {
        this.since = transaction;
        this.hasRows = true;
      },
      misunderstood: () => {
        this.since = null;
      },
      closed: (why) => this.closed(connection, why),
    });
    this.connection = connection;
    this.pump();
    guardAsync(
      'greeting the database',
      () => connection.begin(this.lock, this.since),
      () => connection.destroy(),
    );
  }

  private closed(connection: Connection, why: string | null): void {
    if (this.connection !== connection) return;
    this.connection = null;
    log.info(`${this.name}: connection ${why === null ? 'closed by peer' : `dropped (${why})`}`);
    this.lost();
  }

  private lost(): void {
    if (this.backoff.state === 'void') return;
    this.backoff.disconnected(systemClock.now());
    this.pump();
  }
}

interface ConnectionOwner {
  /** Bytes have come. */
  active(): void;
  changed(): void;
  /** The replica is as of that transaction. */
  following(transaction: string | null): void;
  /** The replica is not to be built on: the next connection asks for all rows. */
  misunderstood(): void;
  closed(why: string | null): void;
}

/** One connection, from its greeting to its end. */
class Connection {
  hasLock = false;
  isFollowing = false;
  private readonly rpc: JsonRpc;
  private known: Known = new Map();
  /** Changes that came before the rows they are changes of had been taken. */
  private early: Call[] = [];
  private lock = '';

  constructor(
    stream: Stream,
    private readonly replica: Replica,
    private readonly owner: ConnectionOwner,
  ) {
    this.rpc = new JsonRpc(stream);
    this.rpc.onCall = (call) => this.called(call);
    this.rpc.onClose = (why) => owner.closed(why);
  }

  async begin(lock: string, since: string | null): Promise<void> {
    this.lock = lock;
    try {
      this.known = await readSchema(this.rpc);
      this.hasLock = await askForLock(this.rpc, lock);
      const { updates, form, transaction, isChanges } = await follow(this.rpc, this.known, since);
      if (!isChanges) this.replica.clear();
      this.replica.apply(updates, form);
      this.isFollowing = true;
      this.owner.following(transaction);
      for (const call of this.early.splice(0)) this.called(call);
      this.owner.changed();
    } catch (error) {
      this.refuse(error);
    }
  }

  async transact(transaction: Transaction): Promise<void> {
    const has = (table: Parameters<Known['get']>[0], column: string): boolean =>
      this.known.get(table)?.includes(column) === true;
    checkResults(await this.rpc.call('transact', transaction.params(has)));
  }

  /** The answer is a sign of life. */
  probe(): void {
    void this.rpc.call('echo', []).then(
      () => this.owner.active(),
      () => {},
    );
  }

  destroy(): void {
    this.rpc.destroy();
  }

  private called(call: Call): void {
    this.owner.active();
    guard(
      'following the database',
      undefined,
      () => this.take(call),
      () => this.rpc.destroy(),
    );
  }

  private take(call: Call): void {
    const { method, params, id } = call;
    const update = UPDATES[method];
    if (update !== undefined) return this.update(call, update);
    if (method === 'echo') return this.rpc.reply(id, params);
    if ((method === 'locked' || method === 'stolen') && params[0] === this.lock) this.setLock(method === 'locked');
    else if (id !== null) this.rpc.replyError(id, 'unknown method');
  }

  private update(call: Call, { form, at, transactionAt }: (typeof UPDATES)[string]): void {
    if (!this.isFollowing) return this.keep(call);
    try {
      const isNews = this.replica.apply(call.params[at], form);
      if (transactionAt !== undefined) this.owner.following(String(call.params[transactionAt]));
      if (isNews) this.owner.changed();
    } catch (error) {
      this.refuse(error);
    }
  }

  private keep(call: Call): void {
    this.early.push(call);
    if (this.early.length > MAX_EARLY) this.refuse(new OvsdbError('protocol', 'changes come before the rows'));
  }

  private setLock(hasLock: boolean): void {
    this.hasLock = hasLock;
    if (this.isFollowing) this.owner.changed();
  }

  /** What cannot be understood is asked for again, in a new connection. */
  private refuse(error: unknown): void {
    if (this.rpc.isOpen) idl.warn(`${this.rpc.peer}: ${(error as Error).message}`);
    this.owner.misunderstood();
    this.rpc.destroy();
  }
}
