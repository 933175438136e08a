/**
 * Every field that can be written, with every kind of value and mask, in every version: what one version's messages bring is dumped
 * in all of them, read back, and means the same. One flow that cannot be said would cost its controller the whole dump.
 */
import { describe, expect, test } from 'vitest';
import { W_GROUPS, W_VLAN } from '../../../datapath/keys/layout.js';
import { FIELD_NAMES, FIELDS, type FieldName } from '../../../src/match/fields.js';
import { newKey, setMasked } from '../../../src/match/key.js';
import { Match } from '../../../src/match/match.js';
import { decodeActions, encodeActions } from '../../../src/openflow/action-codec.js';
import type { Action } from '../../../src/openflow/action-types.js';
import type { OfVersion } from '../../../src/openflow/message-types.js';
import { encodingOfField, hasNumber } from '../../../src/openflow/oxm.js';

const VERSIONS: readonly OfVersion[] = [1, 2, 3, 4, 5, 6];
const VLAN_PRESENT = 0x1000n;
const TAGGED = new Match().set('vlan_tci', VLAN_PRESENT, VLAN_PRESENT);

/** No message may set it (OpenFlow 1.2, A.2.5), and NXM's `in_port` is there for those who must. */
const REFUSED = ['in_port_oxm'];
/** Stand inside ct() only. */
const IN_CT: readonly FieldName[] = ['ct_mark', 'ct_label'];

const WRITABLE = FIELD_NAMES.filter(
  (field) => FIELDS[field].writable && FIELDS[field].slot !== null && hasNumber(field) && !REFUSED.includes(field),
);

function masksOf(field: FieldName): bigint[] {
  const { ones, allowed } = encodingOfField(field);
  const alternate = BigInt(`0x${'5a'.repeat(16)}`) & allowed;
  return [...new Set([ones, allowed, allowed & -allowed, alternate, allowed & (allowed >> 1n), 0n])];
}

function actionsOf(field: FieldName): Action[] {
  const { allowed, ones } = encodingOfField(field);
  const isTag = field === 'vlan_vid';
  return masksOf(field).flatMap((given) => {
    const mask = isTag ? given | VLAN_PRESENT : given;
    const values = [allowed, BigInt(`0x${'3c'.repeat(16)}`) & allowed];
    return values.map((value): Action => {
      const written = (isTag ? value | VLAN_PRESENT : value) & mask;
      return { type: 'set_field', field, value: written, mask: mask & ones };
    });
  });
}

/** Each version's own way of setting the field, which may be an older action. */
const OLD_WAYS: Partial<Record<Action['type'], (action: never) => [FieldName, bigint, bigint?]>> = {
  set_vlan_vid: ({ vid }: { vid: number }) => ['vlan_vid', BigInt(vid) | VLAN_PRESENT],
  set_vlan_pcp: ({ pcp }: { pcp: number }) => ['vlan_pcp', BigInt(pcp)],
  strip_vlan: () => ['vlan_tci', 0n],
  push_vlan: () => ['vlan_tci', VLAN_PRESENT],
  set_eth_src: ({ mac }: { mac: bigint }) => ['eth_src', mac],
  set_eth_dst: ({ mac }: { mac: bigint }) => ['eth_dst', mac],
  set_ipv4_src: ({ address }: { address: number }) => ['ip_src', BigInt(address >>> 0)],
  set_ipv4_dst: ({ address }: { address: number }) => ['ip_dst', BigInt(address >>> 0)],
  set_ip_dscp: ({ dscp }: { dscp: number }) => ['nw_tos', BigInt(dscp)],
  set_ip_ecn: ({ ecn }: { ecn: number }) => ['nw_ecn', BigInt(ecn)],
  set_l4_src_port: ({ port }: { port: number }) => ['tcp_src', BigInt(port)],
  set_l4_dst_port: ({ port }: { port: number }) => ['tcp_dst', BigInt(port)],
};

/** What is left of a key of ones, and of one of zeros, that has a tag: so all bits that are written show. */
function effectOf(actions: readonly Action[]): Int32Array[] {
  return [0, -1].map((fill) => {
    const key = newKey().fill(fill);
    setMasked(key, 0, 'vlan_tci', VLAN_PRESENT, VLAN_PRESENT);
    for (const action of actions) write(key, action);
    if ((key[W_VLAN] & Number(VLAN_PRESENT)) === 0) key[W_VLAN] = key[W_GROUPS] = 0; // without a tag its bits mean nothing
    return key;
  });
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
};

/** Row by row a test would take minutes; so the first combination that fails is what is said. */
function check(action: Action, taken: readonly Action[], match: Match): string | null {
  const meant = effectOf(taken);
  for (const version of VERSIONS) {
    const bytes = encodeActions(taken, version, match);
    const again = decodeActions(bytes, version);
    if (!same(encodeActions(again, version, match), bytes))
      return `${show(action)}: not the same again in version ${version}`;
    if (!effectOf(again).every((key, i) => same(key, meant[i]!)))
      return `${show(action)}: means another in version ${version}`;
  }
  return null;
}

function write(key: Int32Array, action: Action): void {
  if (action.type === 'ct') return action.exec.forEach((inner) => void write(key, inner));
  if (action.type === 'set_field') return setMasked(key, 0, action.field, action.value, action.mask);
  if (action.type === 'load') {
    const { field, start, bits } = action.dst;
    return setMasked(key, 0, field, action.value << BigInt(start), ((1n << BigInt(bits)) - 1n) << BigInt(start));
  }
  const [field, value] = OLD_WAYS[action.type]!(action as never);
  setMasked(key, 0, field, value, encodingOfField(field).ones);
}

const placed = (field: FieldName, action: Action): Action[] =>
  IN_CT.includes(field) ? [{ type: 'ct', commit: true, force: false, zone: 0, alg: 0, exec: [action] }] : [action];

describe.each(WRITABLE)('%s', (field) => {
  const match = FIELDS[field].needs === 'vlan' || field.startsWith('vlan') ? TAGGED : new Match();

  test('set, as each version brings it, in the dumps of all', () => {
    for (const brought of VERSIONS)
      for (const action of actionsOf(field)) {
        const taken = decodeActions(encodeActions(placed(field, action), brought, match), brought);
        expect(check(action, taken, match), `brought by version ${brought}`).toBeNull();
        expect(same(effectOf(taken)[0]!, effectOf([action])[0]!), show(action)).toBe(true);
      }
  });

  if (IN_CT.includes(field)) return;

  test('bits of it, loaded, moved, pushed and popped', () => {
    const { bits } = FIELDS[field];
    const some = { field, start: bits >> 1, bits: Math.min(bits - (bits >> 1), 32) };
    const reg = { field: 'xxreg0' as const, start: 0, bits: some.bits };
    const actions: Action[] = [
      { type: 'load', dst: some, value: 1n },
      { type: 'move', src: reg, dst: some },
      { type: 'move', src: some, dst: reg },
      { type: 'push', src: some },
      { type: 'pop', dst: some },
      { type: 'output_reg', src: some, maxLen: 99 },
    ];
    for (const brought of VERSIONS)
      for (const action of actions) {
        const taken = decodeActions(encodeActions([action], brought), brought);
        for (const version of VERSIONS) {
          const again = decodeActions(encodeActions(taken, version), version);
          if (action.type !== 'load') expect(again).toEqual([action]);
        }
        if (action.type === 'load') expect(check(action, taken, new Match())).toBeNull();
      }
  });
});

const show = (action: Action): string =>
  JSON.stringify(action, (_, v) => (typeof v === 'bigint' ? `0x${v.toString(16)}` : v));
