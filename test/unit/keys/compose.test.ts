/** Composed packets are what the real Open vSwitch composes of the same flow, and extraction gives the flow back. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../../datapath/base/rng.js';
import { compose } from '../../../datapath/keys/compose.js';
import { DP_WORDS, W_VLAN } from '../../../datapath/keys/layout.js';
import { ETH_TYPE_VLAN } from '../../../datapath/wire/numbers.js';
import * as sctp from '../../../datapath/wire/sctp.js';
import type { FieldName } from '../../../src/match/fields.js';
import { newKey, setField } from '../../../src/match/key.js';
import { HostileFrames } from '../../helpers/hostile-frames.js';
import { extracted, keyOf, packetOf } from '../../helpers/packets.js';

const rows = readFileSync('test/vectors/compose.txt', 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

const datapathWords = (key: Int32Array) => Array.from(key.subarray(0, DP_WORDS));
const back = (key: Int32Array) => datapathWords(extracted(packetOf(compose(key, 0), 0)));

describe('compose', () => {
  for (const row of rows) {
    const [hex, text] = row.split(' ');
    test(text, () => {
      const key = keyOf(text);
      // Flow text does not say which kind of tag it is.
      if (key[W_VLAN] !== 0) key[W_VLAN] |= ETH_TYPE_VLAN << 16;
      expect(Buffer.from(compose(key, 0)).toString('hex')).toBe(hex);
      expect(back(key)).toEqual(datapathWords(key));
    });
  }

  /** What OVS does not compose. */
  const MORE: Record<string, Partial<Record<FieldName, bigint>>> = {
    RARP: { eth_type: 0x8035n, arp_op: 3n, arp_spa: 5n, arp_tpa: 6n, arp_sha: 7n, arp_tha: 8n },
    'ARP of an unusual kind': { eth_type: 0x806n, arp_op: 8n, arp_spa: 5n },
    'first IPv6 fragment': { eth_type: 0x86ddn, ipv6_src: 1n, nw_proto: 17n, ip_frag: 1n, udp_src: 4n, udp_dst: 5n },
    'later IPv6 fragment': { eth_type: 0x86ddn, ipv6_src: 1n, nw_proto: 44n, ip_frag: 3n },
    NSH: { eth_type: 0x894fn, nsh_mdtype: 1n, nsh_np: 3n, nsh_spi: 5n, nsh_si: 4n, nsh_ttl: 63n, nsh_c4: 9n },
    IGMP: { eth_type: 0x800n, nw_proto: 2n, ip_src: 1n, ip_dst: 2n },
  };
  for (const [name, fields] of Object.entries(MORE)) {
    test(`extractionGivesBack_${name}`, () => {
      const key = newKey();
      for (const [field, value] of Object.entries(fields)) setField(key, 0, field as FieldName, value);
      expect(back(key)).toEqual(datapathWords(key));
    });
  }

  test('sctp_hasItsChecksum', () => {
    const packet = compose(keyOf('sctp,nw_src=10.0.0.1,nw_dst=10.0.0.2,sctp_src=1024,sctp_dst=80'), 0);
    expect(packet.length).toBe(14 + 20 + 12);
    expect(sctp.checksum(packet, 34)).toBe(sctp.computeChecksum(packet, 34, 12));
  });

  test('payload_ofAnySize_isInTheLengths', () => {
    const key = keyOf('udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,udp_src=1,udp_dst=2');
    expect(compose(key, 0, { payloadSize: 0 }).length).toBe(42);
    expect(compose(key, 0).length).toBe(42 + 64);
    const packet = compose(key, 0, { payload: Uint8Array.of(9, 9, 9) });
    expect([packet.length, packet[17], packet[39], packet[44]]).toEqual([45, 31, 11, 9]);
  });

  test('keysOfHostileFrames_areGivenBack', () => {
    const frames = new HostileFrames(new SeededRng(11));
    for (let i = 0; i < 20_000; i++) {
      const frame = frames.next();
      // What compose makes of a first key is whole; composing and extracting once more must not change anything.
      const whole = extracted(packetOf(compose(extracted(packetOf(frame, 0)), 0), 0));
      expect(back(whole), Buffer.from(frame).toString('hex')).toEqual(datapathWords(whole));
    }
  });
});
