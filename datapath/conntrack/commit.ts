/** Committing: from a packet's key and the action's words to a connection in the table, translated and with its helper. */
import { logger, RateLimit } from '../base/log.js';
import type { Rng } from '../base/rng.js';
import { SLAB_SHIFT } from '../base/slab.js';
import { accepts } from './alg/alg.js';
import type { Lifecycle } from './lifecycle.js';
import { isMirror, NatAllocator } from './nat/nat.js';
import { trackerFor } from './protocols/trackers.js';
import * as C from './record/conn.js';
import * as A from './record/ct-action.js';
import type { Expectation } from './record/expectations.js';
import * as X from './record/extra.js';
import { KEY_DST_ADDR, KEY_META, KEY_SRC_ADDR, KEY_WORDS, type PacketKey, reverseKey } from './record/packet-key.js';
import * as R from './record/reasons.js';
import { countPacket } from './record/traffic.js';

const log = logger('conntrack');
/** One line a minute for each kind of refusal, while it lasts. */
const refusalLimits = R.COMMITS.map(() => new RateLimit(1, 1));

const EXHAUSTED =
  'Unable to NAT due to tuple space exhaustion - if DoS attack, use firewalling and/or zone partitioning.';

const NOT_COMMITTED = 'new ones are not committed, their packets go on as +new';

export class Committer {
  /** What became of the last commit. */
  result = R.COMMIT_NONE;
  private readonly nat: NatAllocator;
  private readonly reply = new Int32Array(KEY_WORDS);

  constructor(
    private readonly life: Lifecycle,
    rng: Rng,
  ) {
    this.nat = new NatAllocator(life.table, rng, rng.next());
  }

  /** The handle of a new connection for the key and the ct action at `program[at]`, -1 if it is refused. */
  commit(key: PacketKey, expected: Expectation | null, program: Int32Array, at: number): number {
    const { life, reply } = this;
    const { records } = life.table;
    const zone = key.words[KEY_META] >>> 16;
    if (!life.zones.admits(zone)) return this.refuseZone(key, zone);
    if (records.count >= records.limit) return this.refuseFull(key, records.limit);
    reply.set(key.words);
    reverseKey(reply);
    const natted = this.chooseReply(key.words, expected, program, at);
    if (natted < 0) return this.refuseNat();
    const handle = life.table.allocate(key.words, reply);
    const words = life.table.words(handle);
    const to = life.table.at(handle);
    words[to + C.CONN_FLAGS] |= natted | (natted !== 0 && !isMirror(key.words, reply) ? C.F_TWO_NODES : 0);
    words[to + C.CONN_FLAGS] |= program[at + A.CT_TIMEOUT_POLICY] << C.POLICY_SHIFT;
    trackerFor(words[to + C.CONN_META]).create(words, to, key);
    this.addExtra(words, to, key.words, expected, program[at + A.CT_HELPER]);
    if (expected !== null) this.inherit(words, to, expected);
    countPacket(words, to, C.ORIGINAL, key.size);
    life.enter(handle, key.timeout);
    this.result = R.COMMIT_DONE;
    return handle;
  }

  /** A limit that somebody has set does its work: no warning. */
  private refuseZone(key: PacketKey, zone: number): number {
    const limit = this.life.zones.limitOf(zone);
    this.result = R.COMMIT_ZONE_LIMIT;
    key.detail[0] = limit;
    key.detail[1] = this.life.zones.counts[zone];
    log.info(() => `Zone ${zone} has its ${limit} connections: ${NOT_COMMITTED}`, refusalLimits[this.result]);
    return -1;
  }

  private refuseFull(key: PacketKey, limit: number): number {
    this.result = R.COMMIT_TABLE_FULL;
    key.detail[0] = limit;
    log.warn(() => `The table is full (${limit} connections): ${NOT_COMMITTED}`, refusalLimits[this.result]);
    return -1;
  }

  private refuseNat(): number {
    this.result = R.COMMIT_NAT_EXHAUSTED;
    log.warn(EXHAUSTED, refusalLimits[this.result]);
    return -1;
  }

  /** Puts the translation into the reply key; the connection's NAT flags, or -1 if no address and port are free. */
  private chooseReply(key: Int32Array, expected: Expectation | null, program: Int32Array, at: number): number {
    const flags = program[at + A.CT_NAT_FLAGS];
    if (flags === 0) return 0;
    if (expected !== null) return this.followParent(expected);
    const natted = ((flags & A.CT_NAT_SRC) !== 0 ? C.F_NAT_SRC : 0) | ((flags & A.CT_NAT_DST) !== 0 ? C.F_NAT_DST : 0);
    if (natted === 0) return 0;
    return this.nat.choose(key, this.reply, program, at, this.life.now) ? natted : -1;
  }

  private followParent(expected: Expectation): number {
    const field = expected.replacesReplyDst ? KEY_DST_ADDR : KEY_SRC_ADDR;
    const words = C.metaFamily(expected.key[KEY_META]) === 4 ? 1 : 4;
    for (let i = 0; i < words; i++) this.reply[field + i] = expected.natAddress[i];
    return expected.replacesReplyDst ? C.F_NAT_SRC : C.F_NAT_DST;
  }

  private addExtra(words: Int32Array, at: number, key: Int32Array, expected: Expectation | null, helper: number): void {
    const isHelped = accepts(helper, key);
    if (!isHelped && expected === null) return;
    const { extras } = this.life.table;
    const extra = extras.allocate();
    words[at + C.CONN_EXTRA] = extra + 1;
    const to = extras.at(extra);
    if (isHelped) extras.chunks[extra >>> SLAB_SHIFT][to + X.EXTRA_HELPER] = helper;
    if (expected !== null) extras.chunks[extra >>> SLAB_SHIFT].set(expected.parentKey, to + X.EXTRA_PARENT);
  }

  private inherit(words: Int32Array, at: number, expected: Expectation): void {
    words[at + C.CONN_FLAGS] |= C.F_EXPECTED;
    words[at + C.CONN_MARK] = expected.mark;
    if (expected.label.every((word) => word === 0)) return;
    const { labels } = this.life.table;
    const label = labels.allocate();
    words[at + C.CONN_LABEL] = label + 1;
    labels.chunks[label >>> SLAB_SHIFT].set(expected.label, labels.at(label));
  }
}
