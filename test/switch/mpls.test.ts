/** MPLS over the whole switch in process: bytes that leave, twice, so that the second time the caches answer. */
import { describe, expect, test } from 'vitest';
import { labelled, MPLS_ROWS } from '../helpers/mpls-rows.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const IP = frame('tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=184,nw_ttl=64,tp_src=1000,tp_dst=80');

describe('programs', () => {
  test.each(MPLS_ROWS)('$flows', ({ flows, sent, received }) => {
    const sw = new VirtualSwitch(3, flows);
    sw.send('p1', sent.slice());
    sw.send('p1', sent.slice());
    expect(sw.takeSent().p2 ?? []).toEqual(received === null ? [] : [received, received]);
  });
});

test('one cached flow serves labels that its program does not look at', () => {
  const sw = new VirtualSwitch(3, 'mpls,actions=dec_mpls_ttl,2');
  for (const label of [100, 200]) sw.send('p1', labelled(IP, [[label, 3, 64]]));
  expect(sw.takeSent().p2).toEqual([100, 200].map((label) => labelled(IP, [[label, 3, 63]])));
  expect(sw.dumpDatapath()).toHaveLength(1);
});

test('the last label popped with a type of MPLS: what was behind it is read as labels', () => {
  const inner = labelled(IP, [[200, 2, 32]]);
  const outer = Uint8Array.from([...labelled(IP, [[100, 3, 64]]).subarray(0, 18), ...inner.subarray(14)]);
  const rows: readonly [string, Uint8Array][] = [
    ['mpls,mpls_label=100,actions=pop_mpls:0x8847,2', inner],
    ['mpls,mpls_label=100,actions=pop_mpls:0x8847,set_mpls_ttl:9,2', labelled(IP, [[200, 2, 9]])],
    ['mpls,mpls_label=100,actions=pop_mpls:0x8847,pop_mpls:0x0800,2', IP],
    ['mpls,mpls_label=100,actions=pop_mpls:0x8847,goto_table:1\ntable=1,mpls,mpls_label=200,actions=2', inner],
  ];
  for (const [flows, received] of rows) {
    const sw = new VirtualSwitch(2, flows);
    sw.send('p1', outer);
    expect({ flows, sent: sw.takeSent().p2 }).toEqual({ flows, sent: [received] });
  }
});

test('what dpctl shows', () => {
  const sw = new VirtualSwitch(
    3,
    'ip,actions=push_mpls:0x8847,2\nmpls,actions=pop_mpls:0x8847,pop_mpls:0x0800,dec_ttl,2',
  );
  sw.send('p1', IP);
  sw.send(
    'p1',
    labelled(IP, [
      [100, 3, 64],
      [200, 2, 32],
    ]),
  );
  const shown = sw
    .dumpDatapath()
    .map((flow) => flow.replace(/ packets.*actions/, ' actions').replace(/0x[0-9a-f]+\)$/, 'R)'));
  expect(shown).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/ actions:push_mpls\(label=0,tc=6,ttl=64,bos=1,eth_type=0x8847\),2$/),
      expect.stringMatching(
        /eth_type\(0x8847\),mpls\(label=0\/0x0,tc=0\/0,ttl=0\/0x0,bos=0\/1,label=200\/0xfffff,tc=2\/7,ttl=32\/0xff,bos=1\/1\), actions:pop_mpls\(eth_type=0x8847\),pop_mpls\(eth_type=0x800\),recirc\(R\)$/,
      ),
      expect.stringMatching(/^recirc_id\(0x[0-9a-f]+\),.*ipv4\(ttl=64,frag=no\), actions:set\(ipv4\(ttl=63\)\),2$/),
    ]),
  );
});
