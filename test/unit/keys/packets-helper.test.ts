/** The test packets: what is made from a flow's text matches that flow. */
import { expect, test } from 'vitest';
import { parseMatch } from '../../../src/text/match.js';
import { extracted, packet } from '../../helpers/packets.js';

test.each([
  'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=1024,tp_dst=80,tcp_flags=syn,in_port=1',
  'udp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=1,udp_src=53,udp_dst=53,in_port=1',
  'icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,icmp_code=0,dl_src=00:00:00:00:00:01,in_port=1',
  'arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=00:00:00:00:00:01,arp_tha=00:00:00:00:00:00,in_port=1',
  'icmp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::2,nd_sll=00:00:00:00:00:01,in_port=1',
  'sctp,nw_src=10.0.0.1,nw_dst=10.0.0.2,sctp_src=5,sctp_dst=6,vlan_vid=9,vlan_pcp=3,in_port=1',
  'mpls,mpls_label=5,mpls_tc=1,mpls_bos=1,mpls_ttl=9,in_port=1',
])('%s', (text) => {
  expect(parseMatch(text).matches(extracted(packet(text)), 0)).toBe(true);
});
