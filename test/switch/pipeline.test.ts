/** OpenFlow programs over the whole switch in process: what leaves which port, and what the datapath remembers of it. */
import { describe, expect, test } from 'vitest';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const TCP = 'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80,tcp_flags=syn';
const UDP = 'udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=53';

describe('outputs', () => {
  test.each([
    ['output:2', ['p2']],
    ['2,3', ['p2', 'p3']],
    ['all', ['p2', 'p3', 'p4']],
    ['flood', ['p2', 'p3', 'p4']],
    ['in_port', ['p1']],
    ['1', []],
    ['drop', []],
    ['9', []],
    ['resubmit(,5)', ['p4']],
    ['resubmit(3,0)', ['p2']],
    ['goto_table:5', ['p4']],
    ['load:3->NXM_NX_REG0[],output:NXM_NX_REG0[]', ['p3']],
    ['set_field:7->metadata,goto_table:6', ['p3']],
    ['write_actions(output:4),goto_table:7', ['p4']],
    ['write_actions(output:4),goto_table:8', []],
    ['exit,2', []],
    ['push:NXM_NX_REG0[],pop:NXM_NX_REG1[],2', ['p2']],
  ])('%s', (actions, ports) => {
    const sw = new VirtualSwitch(
      4,
      `in_port=1,actions=${actions}
       table=0,in_port=3,actions=2
       table=5,actions=4
       table=6,metadata=7,actions=3
       table=7,priority=0,actions=drop
       table=8,actions=clear_actions,goto_table:9`,
    );
    expect(sw.route('p1', frame(TCP))).toEqual(ports);
    expect(sw.route('p1', frame(TCP))).toEqual(ports); // from the cache
  });
});

describe('rewrites', () => {
  test.each([
    ['mod_dl_dst:02:00:00:00:00:99', 'dl_dst=02:00:00:00:00:99'],
    ['set_field:02:00:00:00:00:77->eth_src', 'dl_src=02:00:00:00:00:77'],
    ['mod_nw_dst:10.9.9.9', 'nw_dst=10.9.9.9'],
    ['set_field:10.1.0.0/255.255.0.0->ip_src', 'nw_src=10.1.0.1'],
    ['mod_tp_dst:8080', 'tp_dst=8080'],
    ['mod_nw_tos:32', 'nw_tos=32'],
    ['dec_ttl', 'nw_ttl=63'],
    ['mod_vlan_vid:5', 'dl_vlan=5'],
    ['push_vlan:0x8100,set_field:4101->vlan_vid', 'dl_vlan=5'],
    ['move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]', 'nw_dst=10.0.0.1'],
  ])('%s', (actions, match) => {
    const sw = new VirtualSwitch(4, `tcp,in_port=1,actions=${actions},2`);
    sw.send('p1', frame(TCP), frame(TCP));
    const { p2 } = sw.takeSent();
    expect(p2).toHaveLength(2);
    // The same frames, let into a switch that knows only what they should look like.
    const judge = new VirtualSwitch(2, `priority=2,tcp,${match},actions=2`);
    for (const sent of p2) expect(judge.route('p1', sent)).toEqual(['p2']);
  });

  test('a rewrite between outputs is seen by the later one only', () => {
    const sw = new VirtualSwitch(3, 'in_port=1,actions=2,mod_nw_dst:10.9.9.9,3');
    sw.send('p1', frame(TCP));
    const { p2, p3 } = sw.takeSent();
    expect(p2).toEqual([frame(TCP)]);
    expect(p3).toEqual([frame(TCP.replace('nw_dst=10.0.0.2', 'nw_dst=10.9.9.9'))]);
  });

  test('strip_vlan gives the frame back as it was before the tag', () => {
    const sw = new VirtualSwitch(3, 'in_port=1,actions=mod_vlan_vid:9,2\nin_port=2,actions=strip_vlan,3');
    sw.send('p1', frame(UDP));
    sw.send('p2', ...sw.takeSent().p2);
    expect(sw.takeSent().p3).toEqual([frame(UDP)]);
  });
});

describe('caching', () => {
  test('a megaflow holds only what the tables looked at', () => {
    const sw = new VirtualSwitch(2, 'in_port=1,actions=2');
    for (let port = 1; port <= 50; port++)
      sw.send('p1', frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=53`));
    expect(sw.dumpDatapath()).toHaveLength(1);
    expect(sw.hits(0n)).toBe(50);
  });

  test('a change of the tables holds for the very next packet', () => {
    const sw = new VirtualSwitch(3, 'in_port=1,actions=2');
    expect(sw.route('p1', frame(UDP))).toEqual(['p2']);
    sw.addFlows('priority=40000,udp,in_port=1,actions=3');
    expect(sw.route('p1', frame(UDP))).toEqual(['p3']);
    sw.addFlows('delete_strict priority=40000,udp,in_port=1');
    expect(sw.route('p1', frame(UDP))).toEqual(['p2']);
  });

  test('counters count every packet once, whoever answered', () => {
    const sw = new VirtualSwitch(
      2,
      'cookie=1,in_port=1,actions=resubmit(,3)\ncookie=2,table=3,udp,actions=2\ncookie=3,table=3,tcp,actions=drop',
    );
    for (let i = 0; i < 7; i++) sw.send('p1', frame(UDP), frame(UDP), frame(TCP));
    expect([sw.hits(1n), sw.hits(2n), sw.hits(3n)]).toEqual([21, 14, 7]);
    const { stats } = sw.datapath;
    expect(stats.inFlight).toBe(0);
    expect(stats.received).toBe(21);
  });

  test('flows nobody uses go after ten seconds', () => {
    const sw = new VirtualSwitch(2, 'in_port=1,actions=2');
    sw.send('p1', frame(UDP));
    sw.advance(9_000);
    expect(sw.dumpDatapath()).toHaveLength(1);
    sw.advance(2_000);
    expect(sw.dumpDatapath()).toHaveLength(0);
    expect(sw.hits(0n)).toBe(1);
  });

  test('idle timeout: a flow in use stays, then goes', () => {
    const sw = new VirtualSwitch(2, 'idle_timeout=5,in_port=1,actions=2');
    for (let i = 0; i < 4; i++) {
      sw.advance(4_000);
      expect(sw.route('p1', frame(UDP))).toEqual(['p2']);
    }
    sw.advance(6_000);
    expect(sw.route('p1', frame(UDP))).toEqual([]);
  });
});

describe('limits', () => {
  test('a resubmit to itself ends, is counted, and drops the packet', () => {
    const sw = new VirtualSwitch(2, 'in_port=1,actions=resubmit(,0),2');
    expect(sw.route('p1', frame(UDP))).toEqual([]);
  });

  test('4096 resubmits are the most one packet may take', () => {
    const many = (count: number) =>
      `in_port=1,actions=${Array(count).fill('resubmit(,1)').join()},2\ntable=1,actions=drop`;
    expect(new VirtualSwitch(2, many(4095)).route('p1', frame(UDP))).toEqual(['p2']);
    expect(new VirtualSwitch(2, many(4097)).route('p1', frame(UDP))).toEqual([]);
  });
});

test.each([
  ['load:1->NXM_NX_IP_ECN[]', 'nw_tos=32', 'nw_tos=64'],
  ['load:7->NXM_OF_IP_DST[0..7]', 'nw_dst=10.0.0.1', 'nw_dst=10.9.9.1'],
  ['load:1->NXM_OF_UDP_DST[8..15]', 'tp_dst=80', 'tp_dst=81'],
])('%s leaves the other bits of each packet alone', (action, first, second) => {
  const frames = [first, second].map((words) => frame(`udp,nw_src=10.0.0.9,${words}`));
  const alone = frames.map((bytes) => {
    const sw = new VirtualSwitch(2, `udp,actions=${action},output:2`);
    sw.send('p1', bytes);
    return sw.takeSent();
  });
  const together = new VirtualSwitch(2, `udp,actions=${action},output:2`);
  for (const [i, bytes] of frames.entries()) {
    together.send('p1', bytes);
    expect(together.takeSent()).toEqual(alone[i]);
  }
});

describe('normal', () => {
  const LEARNED = 'dl_src=00:00:00:00:00:02,dl_dst=00:00:00:00:00:01';

  test('floods what it does not know, learns, then sends to one port', () => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    expect(sw.route('p1', frame(UDP))).toEqual(['p2', 'p3']);
    expect(sw.route('p2', frame(`${UDP},${LEARNED}`))).toEqual(['p1']);
    expect(sw.route('p1', frame(UDP))).toEqual(['p2']);
  });

  test('a packet to its own source stays where it is, first of all too', () => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    const toItself = 'dl_src=00:00:00:00:00:02,dl_dst=00:00:00:00:00:02';
    expect(sw.route('p1', frame(`${UDP},${toItself}`))).toEqual([]);
    expect(sw.route('p1', frame(`${UDP},${toItself}`))).toEqual([]);
  });

  test('a station that moves is found at its new place at once', () => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    sw.send('p2', frame(`${UDP},${LEARNED}`));
    sw.takeSent();
    expect(sw.route('p1', frame(UDP))).toEqual(['p2']);
    sw.send('p3', frame(`${UDP},${LEARNED}`));
    sw.takeSent();
    expect(sw.route('p1', frame(UDP))).toEqual(['p3']);
  });

  test('VLANs are apart', () => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    sw.send('p2', frame(`${UDP},${LEARNED},dl_vlan=5`));
    sw.takeSent();
    expect(sw.route('p1', frame(`${UDP},dl_vlan=5`))).toEqual(['p2']);
    expect(sw.route('p1', frame(`${UDP},dl_vlan=6`))).toEqual(['p2', 'p3']);
  });

  test.each([
    { tci: '0x1000', isKept: false },
    { tci: '0x7000', isKept: true },
    { tci: '0xb000', isKept: true },
  ])('a tag $tci with neither VLAN nor priority is taken off, for normal alone', ({ tci, isKept }) => {
    const sw = new VirtualSwitch(3, 'in_port=1,actions=normal,2');
    const tagged = frame(`${UDP},vlan_tci=${tci}`);
    const normal = isKept ? tagged : frame(UDP);
    // The second packet takes the flow that the other kind may have made.
    sw.send('p1', frame(`${UDP},vlan_tci=${isKept ? '0x1000' : '0x7000'}`));
    sw.takeSent();
    sw.send('p1', tagged);
    const { p2, p3 } = sw.takeSent();
    expect(p3).toEqual([normal]);
    expect(p2).toEqual([normal, tagged]);
  });

  test.each(['8100', '88a8'])('a frame that ends within its tag of type %s goes nowhere', (type) => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    const bytes = new Uint8Array(Buffer.from(`020000000002020000000001${type}`, 'hex'));
    expect(sw.route('p1', bytes)).toEqual([]);
  });

  test('ICMPv6 behind IPv4 has no pseudo header', () => {
    const sw = new VirtualSwitch(2, 'ip,actions=mod_nw_src:10.9.9.9,2');
    const sent = frame('ip,nw_proto=58,nw_src=10.0.0.1,nw_dst=10.0.0.2', Uint8Array.of(128, 0, 0x12, 0x34, 0, 1, 0, 2));
    sw.send('p1', sent);
    const [received] = sw.takeSent().p2;
    expect(received.subarray(26, 30)).toEqual(Uint8Array.of(10, 9, 9, 9));
    expect(received.subarray(34)).toEqual(sent.subarray(34));
  });

  test('reserved multicast stops here', () => {
    const sw = new VirtualSwitch(3, 'actions=normal');
    expect(sw.route('p1', frame('dl_type=0x88cc,dl_dst=01:80:c2:00:00:0e'))).toEqual([]);
  });
});
