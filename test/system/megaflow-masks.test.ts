/**
 * The wildcards that a lookup returns are those of Open vSwitch: random flows go into a real switch, which is asked by
 * ofproto/trace for the megaflow of random packets.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { Classifier } from '../../src/match/classifier.js';
import type { FieldName } from '../../src/match/fields.js';
import { newKey } from '../../src/match/key.js';
import { Match } from '../../src/match/match.js';
import { parseMatch } from '../../src/text/match.js';
import { keyOf } from '../helpers/packets.js';
import { RealOvs } from '../helpers/real-ovs.js';

interface Rule {
  match: Match;
  priority: number;
}

let ovs: RealOvs;
beforeAll(() => {
  ovs = new RealOvs();
  ovs.addBridge('br0', ['p1', 'p2']);
});
afterAll(() => ovs.stop());

const ADDRESSES = ['10.0.0.1', '10.0.1.1', '10.1.0.1', '11.0.0.1', '192.168.0.1', '192.168.0.2'];
const LENGTHS = ['', '/24', '/20', '/16', '/8'];
const PORTS = [80, 81, 443, 1024, 5000, 65535];
const MACS = ['00:00:00:00:00:01', '01:00:00:00:00:00/01:00:00:00:00:00'];

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

/** One condition of a flow, by the field it is on. */
const TERMS: readonly ((rng: SeededRng, proto: string) => string | null)[] = [
  (rng) => `in_port=${1 + rng.below(2)}`,
  (rng) => `dl_dst=${pick(rng, MACS)}`,
  (rng) => `nw_src=${pick(rng, ADDRESSES)}${pick(rng, LENGTHS)}`,
  (rng) => `nw_dst=${pick(rng, ADDRESSES)}${pick(rng, LENGTHS)}`,
  (rng, proto) => (proto === 'ip' ? null : `tp_src=${pick(rng, PORTS)}`),
  (rng, proto) => (proto === 'ip' ? null : `tp_dst=${pick(rng, PORTS)}`),
  (rng) => pick(rng, ['ct_state=+trk', 'ct_state=-trk']),
  (rng) => `nw_ttl=${pick(rng, [1, 64])}`,
];

/** Flows whose priorities all differ: then the order of the search is the same in both. More conditions, higher priority. */
function randomFlows(rng: SeededRng, count: number): { text: string; priority: number }[] {
  return Array.from({ length: count }, (_, i) => {
    const proto = pick(rng, ['ip', 'tcp', 'udp']);
    const terms = TERMS.filter(() => rng.below(3) === 0).flatMap((term) => term(rng, proto) ?? []);
    return { text: [proto, ...terms].join(','), priority: 1000 * terms.length + i };
  });
}

function randomPacket(rng: SeededRng): string {
  const proto = pick(rng, ['tcp', 'udp', 'icmp']);
  const ports = proto === 'icmp' ? '' : `,${proto}_src=${pick(rng, PORTS)},${proto}_dst=${pick(rng, PORTS)}`;
  const macs = `dl_src=00:00:00:00:00:09,dl_dst=${pick(rng, ['00:00:00:00:00:01', '01:00:00:00:00:01'])}`;
  const addresses = `nw_src=${pick(rng, ADDRESSES)},nw_dst=${pick(rng, ADDRESSES)}`;
  return `in_port=${1 + rng.below(2)},${proto},${macs},${addresses},nw_ttl=${pick(rng, [1, 64])}${ports}`;
}

/** A megaflow names these in any case. */
const ALWAYS: readonly FieldName[] = ['recirc_id', 'in_port', 'packet_type', 'eth_type', 'ip_frag'];

function withoutAlways(match: Match): Match {
  for (const field of ALWAYS) match.set(field, 0n, 0n);
  return match;
}

function realMegaflow(packet: string): Match {
  const line = /^Megaflow: (.*)$/m.exec(ovs.appctl(['ofproto/trace', 'br0', packet]))![1]!;
  return parseMatch(line.replace(/\b(recirc_id=0|eth|nw_frag=no)\b,?/g, '').replace(/,$/, ''));
}

function ownMegaflow(classifier: Classifier<Rule>, packet: string): Match {
  const key = keyOf(packet);
  const wildcards = newKey();
  classifier.lookup(key, 0, wildcards);
  return Match.fromKey(key, 0, wildcards);
}

test.each([1, 2, 3, 4, 5])('megaflows_are_as_wide_as_those_of_ovs seed %i', (seed) => {
  const rng = new SeededRng(seed);
  const flows = randomFlows(rng, 8 + 8 * seed);
  const classifier = new Classifier<Rule>(['ip_dst', 'ip_src']);
  for (const { text, priority } of flows) classifier.insert({ match: parseMatch(text), priority });
  ovs.ofctl(['del-flows', 'br0']);
  ovs.ofctl(
    ['add-flows', 'br0', '-'],
    flows.map(({ text, priority }) => `priority=${priority},${text},actions=${1 + (priority % 2)}\n`).join(''),
  );
  for (let i = 0; i < 40; i++) {
    const packet = randomPacket(rng);
    const own = withoutAlways(ownMegaflow(classifier, packet));
    expect([packet, own.toJSON()]).toEqual([packet, withoutAlways(realMegaflow(packet)).toJSON()]);
  }
});
