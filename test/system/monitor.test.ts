/** `ovs-ofctl monitor` on our daemon and on a real Open vSwitch: the same packet-ins, flow-removed and port-status messages. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';
import { Monitor } from '../helpers/monitor.js';

const FLOWS = `
table=0,priority=1,udp,actions=controller
table=0,priority=2,udp,tp_dst=53,actions=controller(max_len=20,reason=no_match,id=0)
table=0,priority=3,udp,tp_dst=54,actions=load:5->NXM_NX_REG0[],resubmit(,2)
table=0,priority=4,udp,tp_dst=55,actions=ct(table=3)
table=0,priority=5,udp,tp_dst=56,actions=controller(max_len=30)
table=2,cookie=0x77,udp,actions=set_field:9->metadata,controller
table=3,udp,actions=ct(commit,zone=4),controller
`;

/** 1.1.1.1 to 2.2.2.2. */
const udp = (port: number): string =>
  `ffffffffffff00000000000108004500001c00000000401166d201010101020202020001${port.toString(16).padStart(4, '0')}00080000`;

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2']);
});
afterAll(() => both.stop());

/** Its lines, without what differs from run to run. */
function linesOf(text: string): string[] {
  const blotted = text.replace(/xid=0x[0-9a-f]+/g, 'xid').replace(/addr:[0-9a-f:]{17}/g, 'addr:M');
  const timeless = blotted.replace(/duration[\d.]+s/g, 'durationT').replace(/^\S+\|ofp_\w+\|.*\n/gm, '');
  return timeless.split('\n').filter((line) => line !== '');
}

test.each([10, 12, 13, 14, 15])('OpenFlow %i', async (version) => {
  const options = ['-O', `OpenFlow${version}`, 'monitor', 'br0', '65534', ...(version <= 12 ? ['invalid_ttl'] : [])];
  both.same('ovs-ofctl', ['del-flows', 'br0']);
  both.same('ovs-ofctl', ['add-flows', 'br0', '-'], FLOWS);
  const monitors = await Promise.all([both.ours, both.real].map(({ folder }) => Monitor.start(folder, options)));
  for (const port of [1, 53, 54, 55, 56]) {
    both.same('ovs-ofctl', ['packet-out', 'br0', `in_port=1,packet=${udp(port)},actions=resubmit(,0)`]);
  }
  both.same('ovs-ofctl', ['packet-out', 'br0', `in_port=2,packet=${udp(53)},actions=controller`]);
  both.same('ovs-ofctl', ['add-flow', 'br0', 'send_flow_rem,arp,actions=1']);
  both.same('ovs-ofctl', ['del-flows', 'br0', 'arp']);
  both.same('ovs-ofctl', ['mod-port', 'br0', 'p2', 'noflood']);
  both.same('ovs-ofctl', ['mod-port', 'br0', 'p2', 'flood']);
  const [ours, real] = (await Promise.all(monitors.map((monitor) => monitor.finish()))).map(linesOf);
  expect(real.filter((line) => line.includes('PACKET_IN'))).toHaveLength(6);
  expect(real.filter((line) => line.includes('FLOW_REMOVED'))).toHaveLength(1);
  expect(ours).toEqual(real);
});
