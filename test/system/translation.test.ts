/** What each action becomes is what it becomes in Open vSwitch: ofproto/trace is asked for the datapath's actions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RealOvs } from '../helpers/real-ovs.js';
import { frame } from '../helpers/virtual-switch.js';
import { ROWS, type Row, TCP } from '../unit/xlate/action-rows.js';

let ovs: RealOvs;
beforeAll(() => {
  ovs = new RealOvs();
  ovs.addBridge('br0', ['p1', 'p2', 'p3']);
});
afterAll(() => ovs.stop());

/** The packet's bytes, and what is known of it besides them. */
function traced(packet: string): string[] {
  const known = packet.split(',').filter((term) => /^(ct_|skb_priority)/.test(term));
  const kind = known.some((term) => term.startsWith('ct_nw_')) ? ['tcp'] : [];
  return [['in_port=1', ...kind, ...known].join(','), Buffer.from(frame(packet)).toString('hex')];
}

/**
 * Without what is no part of the translation: a trace sends nothing to controllers, ids are counted, the bridge's own port is flooded to,
 * and queues are numbered as the port's kind wants it.
 */
const plain = (program: string): string =>
  program
    .replace(/dont_send=1/, 'dont_send=0')
    .replace(/recirc\(0x\d+\)/, 'recirc(ID)')
    .replace(/recirc_id=\d+/, 'recirc_id=ID')
    .replace(/^100,/, '')
    .replace(/skb_priority\(0x1(0002)?\)/, 'skb_priority(QUEUE 1)');

function realProgram({ flows, packet = TCP }: Row): string {
  const lines = flows.split('\n');
  ovs.ofctl(['-O', 'OpenFlow13', 'del-groups', 'br0']);
  for (const group of lines.filter((line) => line.startsWith('group_id')))
    ovs.ofctl(['-O', 'OpenFlow13', 'add-group', 'br0', group]);
  const rest = lines.filter((line) => !line.startsWith('group_id'));
  // Only 1.0 can set a tag that may be missing: for later versions ovs-ofctl makes it a push_vlan, whatever the packet has.
  const versions = flows.includes('mod_vlan') ? 'OpenFlow10' : 'OpenFlow10,OpenFlow13';
  ovs.ofctl(['-O', versions, 'add-flows', 'br0', '-'], ['delete', ...rest].join('\n'));
  const trace = ovs.appctl(['ofproto/trace', 'br0', ...traced(packet)]);
  return /^Datapath actions: (.*)$/m.exec(trace)?.[1] ?? trace;
}

const compared = Object.entries(ROWS).map(
  ([name, rows]) => [name, rows.filter((row) => row.otherwise === undefined)] as const,
);

describe.each(compared.filter(([, rows]) => rows.length > 0))('%s', (_, rows) => {
  test.each(rows)('$flows', (row) => {
    expect(plain(realProgram(row))).toBe(plain(row.program));
  });
});
