/**
 * Edits of packets that need more than a field written: room, offsets, checksums in both forms. That every settable field
 * keeps every checksum right is in test/model/set-field.
 */
import { describe, expect, test } from 'vitest';
import { load16, store16 } from '../../../datapath/base/bytes.js';
import { pseudo4, pseudo6, sum } from '../../../datapath/base/checksum.js';
import { compose } from '../../../datapath/keys/compose.js';
import { extract } from '../../../datapath/keys/extract.js';
import { W_MPLS, W_TYPE_PROTO_FRAG, W_VLAN } from '../../../datapath/keys/layout.js';
import * as l2 from '../../../datapath/packet/edit-l2.js';
import * as l3 from '../../../datapath/packet/edit-l3.js';
import * as l4 from '../../../datapath/packet/edit-l4.js';
import { OFFLOAD_NEEDS_CSUM, type Packet } from '../../../datapath/packet/packet.js';
import * as ipv6 from '../../../datapath/wire/ipv6.js';
import { IP_PROTO_TCP, IP_PROTO_UDP } from '../../../datapath/wire/numbers.js';
import { newKey } from '../../../src/match/key.js';
import { bytesOf, extracted, keyOf, packet, packetOf } from '../../helpers/packets.js';

const UDP4 = 'udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,udp_src=1000,udp_dst=2000,nw_ttl=64';
const TCP6 = 'tcp6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,tcp_src=1,tcp_dst=2,tcp_flags=ack,nw_ttl=64';

/** A packet that extraction has seen. */
function parsed(text: string): Packet {
  const p = packet(text);
  extracted(p);
  return p;
}

const hexOf = (p: Packet) => Buffer.from(bytesOf(p)).toString('hex');
const offsets = (p: Packet) => [p.l2_5, p.l3, p.l4].map((offset) => (offset < 0 ? -1 : offset - p.start));

/** Leaves the checksum to the card: the field holds the sum of the pseudo header. */
function makePartial(p: Packet, checksumAt: number): void {
  const isIpv6 = p.bytes[p.l3] >>> 4 === 6;
  const size = l4.l4Size(p);
  const proto = isIpv6 ? ipv6.nextHeader(p.bytes, p.l3) : p.bytes[p.l3 + 9];
  const pseudo = isIpv6 ? pseudo6(p.bytes, p.l3, proto, size) : pseudo4(p.bytes, p.l3, proto, size);
  store16(p.bytes, p.l4 + checksumAt, pseudo);
  p.offload = OFFLOAD_NEEDS_CSUM;
  p.csumStart = p.l4;
  p.csumOffset = checksumAt;
}

describe('vlan', () => {
  test('push_movesOnlyTheAddresses', () => {
    const p = parsed(UDP4);
    const { l3: network, l4: transport, bytes } = p;
    const before = hexOf(p);
    expect(l2.pushVlan(p, 0x8100, 0x1000 | (3 << 13) | 5)).toBe(true);
    expect(hexOf(p)).toBe(`${before.slice(0, 24)}81006005${before.slice(24)}`);
    expect([p.l3, p.l4, p.bytes === bytes]).toEqual([network, transport, true]);
    expect(extracted(p)[W_VLAN]).toBe((0x8100 << 16) | 0x7005);
  });

  test('pushPushPopPop_givesThePacketBack', () => {
    const p = parsed(UDP4);
    const before = hexOf(p);
    l2.pushVlan(p, 0x8100, 0x1005);
    l2.pushVlan(p, 0x88a8, 0x1006);
    const key = extracted(p);
    expect([key[W_VLAN] >>> 0, key[W_VLAN + 1] >>> 0]).toEqual([0x88a81006, 0x81001005]);
    expect(offsets(p)).toEqual([-1, 22, 42]);
    l2.popVlan(p);
    l2.popVlan(p);
    expect(hexOf(p)).toBe(before);
    l2.popVlan(p);
    expect(hexOf(p)).toBe(before);
  });

  test('push_withoutHeadroom_isRefusedAndChangesNothing', () => {
    const p = packet(UDP4);
    p.bytes = bytesOf(p);
    p.start = 3;
    p.size -= 3;
    const before = hexOf(p);
    expect(l2.pushVlan(p, 0x8100, 5)).toBe(false);
    expect(hexOf(p)).toBe(before);
  });

  test('set_changesTheOutermostTagIfThereIsOne', () => {
    const p = parsed(UDP4);
    const before = hexOf(p);
    l2.setVlan(p, 0x8100, 9);
    expect(hexOf(p)).toBe(before);
    l2.pushVlan(p, 0x8100, 5);
    l2.setVlan(p, 0x88a8, 0x1000 | 0x2007);
    expect(hexOf(p)).toBe(`${before.slice(0, 24)}88a82007${before.slice(24)}`);
  });

  test('push_ofASegmentedPacket_countsInItsHeaderSize', () => {
    const p = parsed(UDP4);
    p.gsoHeaderSize = 42;
    l2.pushVlan(p, 0x8100, 5);
    expect(p.gsoHeaderSize).toBe(46);
    l2.popVlan(p);
    expect(p.gsoHeaderSize).toBe(42);
  });
});

describe('mpls', () => {
  test('pushTwicePopTwice_behindAVlanTag_givesThePacketBack', () => {
    const p = parsed(`${UDP4},dl_vlan=5`);
    const before = hexOf(p);
    expect(l2.pushMpls(p, 0x8847, (16 << 12) | 0x100 | 64)).toBe(true);
    expect(l2.pushMpls(p, 0x8847, (17 << 12) | 64)).toBe(true);
    expect(offsets(p)).toEqual([18, 26, 46]);
    const key = extracted(p);
    expect([key[W_MPLS] >>> 12, key[W_MPLS + 1] >>> 12, key[W_TYPE_PROTO_FRAG] >>> 16]).toEqual([17, 16, 0x8847]);
    l2.setMpls(p, (18 << 12) | 64);
    expect(extracted(p)[W_MPLS] >>> 12).toBe(18);
    l2.popMpls(p, 0x8847);
    l2.popMpls(p, 0x0800);
    expect(p.l2_5).toBe(-1);
    expect(hexOf(p)).toBe(before);
  });
});

describe('checksums left to the card', () => {
  test('addressesEnter_portsDoNot', () => {
    const p = parsed(UDP4);
    makePartial(p, 6);
    l3.setIpv4Address(p, l3.IPV4_SRC, 0xc0a80101 | 0);
    l3.setIpv4Address(p, l3.IPV4_DST, -2);
    l4.setPort(p, IP_PROTO_UDP, l4.SRC_PORT, 7);
    l4.setPort(p, IP_PROTO_UDP, l4.DST_PORT, 8);
    const size = l4.l4Size(p);
    expect(load16(p.bytes, p.l4 + 6)).toBe(pseudo4(p.bytes, p.l3, IP_PROTO_UDP, size));
    expect([load16(p.bytes, p.l4), load16(p.bytes, p.l4 + 2)]).toEqual([7, 8]);
  });

  test('ipv6Addresses_enter', () => {
    const p = parsed(TCP6);
    makePartial(p, 16);
    for (let i = 0; i < 4; i++) l3.setIpv6AddressWord(p, l3.IPV6_DST, i, 0x01020304 * (i + 1));
    expect(load16(p.bytes, p.l4 + 16)).toBe(pseudo6(p.bytes, p.l3, IP_PROTO_TCP, l4.l4Size(p)));
  });

  test('ofAnotherHeader_areNotTouched', () => {
    const p = parsed(UDP4);
    p.offload = OFFLOAD_NEEDS_CSUM;
    p.csumStart = p.l4 + 20;
    l3.setIpv4Address(p, l3.IPV4_SRC, 5);
    const size = l4.l4Size(p);
    expect(sum(p.bytes, p.l4, size, pseudo4(p.bytes, p.l3, IP_PROTO_UDP, size))).toBe(0xffff);
  });
});

describe('addresses', () => {
  test('udpWithoutChecksum_staysWithout', () => {
    const p = parsed(UDP4);
    store16(p.bytes, p.l4 + 6, 0);
    l3.setIpv4Address(p, l3.IPV4_SRC, 5);
    expect(load16(p.bytes, p.l4 + 6)).toBe(0);
  });

  test('laterFragment_payloadIsNotTouched', () => {
    const p = packetOf(compose(keyOf('udp,nw_frag=later,nw_src=10.0.0.1,nw_dst=10.0.0.2'), 0));
    const payload = new Uint8Array(30).fill(0x77);
    const longer = packetOf(Uint8Array.from([...bytesOf(p), ...payload]));
    longer.bytes[longer.start + 17] = 50;
    extracted(longer);
    expect(longer.l4).toBeGreaterThan(0);
    l3.setIpv4Address(longer, l3.IPV4_SRC, 5);
    expect(bytesOf(longer).subarray(34)).toEqual(payload);
  });

  test('brokenIpHeader_isLeftAlone', () => {
    const p = packet(UDP4);
    p.bytes[p.start + 14] = 0x44;
    extract(p, newKey(), 0);
    const before = hexOf(p);
    l3.setIpv4Address(p, l3.IPV4_SRC, 5);
    l3.setIpv4Ttl(p, 5);
    l3.setIpv4Tos(p, 5);
    l4.setPort(p, IP_PROTO_UDP, l4.SRC_PORT, 7);
    expect([hexOf(p), p.l4]).toEqual([before, -1]);
  });

  /** TCP behind a routing header (type 0) with that many segments left. */
  function routed(segmentsLeft: number): Packet {
    const plain = bytesOf(packet(TCP6));
    const routing = [IP_PROTO_TCP, 0, 0, segmentsLeft, 0, 0, 0, 0];
    const frame = Uint8Array.from([...plain.subarray(0, 54), ...routing, ...plain.subarray(54)]);
    frame[18 + 1] += routing.length;
    frame[20] = 43;
    const p = packetOf(frame);
    extracted(p);
    return p;
  }

  test('ipv6UnderWay_onlyTheSourceIsInTheChecksum', () => {
    for (const [segmentsLeft, field, changes] of [
      [0, l3.IPV6_SRC, true],
      [0, l3.IPV6_DST, true],
      [1, l3.IPV6_SRC, true],
      [1, l3.IPV6_DST, false],
    ] as const) {
      const p = routed(segmentsLeft);
      expect(p.l4 - p.l3).toBe(48);
      const before = load16(p.bytes, p.l4 + 16);
      l3.setIpv6AddressWord(p, field, 3, 0x1234);
      expect(load16(p.bytes, p.l4 + 16) !== before).toBe(changes);
    }
  });
});

describe('neighbour discovery', () => {
  test('settingAll_keepsTheChecksumRight', () => {
    const p = parsed(
      'icmp6,icmpv6_type=135,ipv6_src=fe80::2,ipv6_dst=ff02::1,nd_target=fe80::1,nd_sll=02:00:00:00:00:01',
    );
    l4.setNdReserved(p, 0x60000000);
    for (let i = 0; i < 4; i++) l4.setNdTargetWord(p, i, 0x11111111 * (i + 1));
    l4.setNdLinkAddress(p, 1, 0x0aff, 0xdeadbeef | 0);
    l4.setNdLinkAddress(p, 2, 1, 1);
    const size = l4.l4Size(p);
    expect(sum(p.bytes, p.l4, size, pseudo6(p.bytes, p.l3, 58, size))).toBe(0xffff);
    const body = hexOf(p).slice((p.l4 - p.start) * 2);
    expect(body.slice(8)).toBe('600000001111111122222222333333334444444401010affdeadbeef');
  });
});
