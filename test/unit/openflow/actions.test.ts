/** One action in every version: what a switch that keeps it writes to a controller of that version. */
import { describe, expect, test } from 'vitest';
import { Match } from '../../../src/match/match.js';
import { decodeActions, encodeActions } from '../../../src/openflow/action-codec.js';
import type { Action } from '../../../src/openflow/action-types.js';
import { OpenFlowError } from '../../../src/openflow/errors.js';
import type { OfVersion } from '../../../src/openflow/message-types.js';
import { bytesOf, hexOf } from './vectors.js';

const tcp = () => new Match().set('eth_type', 0x800n).set('nw_proto', 6n);
const tagged = () => new Match().set('vlan_vid', 0x1005n);

type Row = [what: string, action: Action, match: Match | undefined, hexByVersion: Partial<Record<OfVersion, string>>];

const ROWS: Row[] = [
  [
    'mod_vlan_vid pushes a tag from 1.1 on',
    { type: 'set_vlan_vid', vid: 5, pushIfMissing: true },
    undefined,
    {
      1: '0001000800050000',
      2: '0011000881000000 0001000800050000',
      4: '0011000881000000 0019001080000c02 1005000000000000',
    },
  ],
  [
    'mod_vlan_vid pushes none where the flow has one',
    { type: 'set_vlan_vid', vid: 5, pushIfMissing: true },
    tagged(),
    { 1: '0001000800050000', 2: '0001000800050000', 6: '0019001080000c02 1005000000000000' },
  ],
  [
    'push_vlan is no action of 1.0',
    { type: 'push_vlan', ethertype: 0x88a8 },
    undefined,
    { 1: '', 4: '0011000888a80000' },
  ],
  [
    'mod_dl_src',
    { type: 'set_eth_src', mac: 0x112233445566n },
    undefined,
    {
      1: '0004001011223344 5566000000000000',
      2: '0003001011223344 5566000000000000',
      3: '0019001080000806 1122334455660000',
    },
  ],
  [
    'mod_tp_dst names the protocol from 1.2 on',
    { type: 'set_l4_dst_port', port: 80 },
    tcp(),
    { 1: '000a000800500000', 4: '0019001080001c02 0050000000000000' },
  ],
  [
    'mod_tp_dst without protocol stays what it is',
    { type: 'set_l4_dst_port', port: 80 },
    undefined,
    { 4: '000a000800500000' },
  ],
  [
    'mod_nw_tos is a DSCP from 1.2 on',
    { type: 'set_ip_dscp', dscp: 0xb8 },
    undefined,
    { 1: '00080008b8000000', 4: '0019001080001001 2e00000000000000' },
  ],
  [
    'mod_nw_ecn',
    { type: 'set_ip_ecn', ecn: 2 },
    undefined,
    {
      1: 'ffff001800002320 0007000100013801 0000000000000002',
      2: '0008000802000000',
      4: '0019001080001201 0200000000000000',
    },
  ],
  [
    'mod_nw_ttl',
    { type: 'set_ip_ttl', ttl: 9 },
    undefined,
    { 1: 'ffff001800002320 0007000700013a01 0000000000000009', 4: '0017000809000000' },
  ],
  [
    'dec_ttl',
    { type: 'dec_ttl', ids: [0] },
    undefined,
    { 1: 'ffff001000002320 0012000000000000', 2: '0018000800000000' },
  ],
  [
    'load is set_field in 1.5',
    { type: 'load', dst: { field: 'reg1', start: 8, bits: 4 }, value: 5n },
    undefined,
    {
      1: 'ffff001800002320 0007020300010204 0000000000000005',
      5: 'ffff001800002320 0007020300010204 0000000000000005',
      6: '0019001000010308 0000050000000f00',
    },
  ],
  [
    'set_field of a whole field',
    { type: 'set_field', field: 'ip_src', value: 0x0a000001n, mask: 0xffffffffn },
    undefined,
    { 1: '000600080a000001', 2: '000500080a000001', 3: '0019001080001604 0a00000100000000' },
  ],
  [
    'set_field with a mask of two runs is two loads before 1.5',
    { type: 'set_field', field: 'reg0', value: 0x0102n, mask: 0xff0fn },
    undefined,
    {
      4: 'ffff001800002320 0007000300010004 0000000000000002 ffff001800002320 0007020700010004 0000000000000001',
      6: '0019001000010108 000001020000ff0f',
    },
  ],
  [
    'set_field of 128 bits is two loads in 1.0',
    { type: 'set_field', field: 'ipv6_src', value: (1n << 64n) | 2n, mask: (1n << 128n) - 1n },
    undefined,
    { 1: 'ffff001800002320 0007003f00012610 0000000000000002 ffff001800002320 0007103f00012610 0000000000000001' },
  ],
  [
    'set_field of vlan_tci without the tag bit strips the tag in 1.0',
    { type: 'set_field', field: 'vlan_tci', value: 0n, mask: 0xffffn },
    undefined,
    { 1: '0003000800000000', 2: '0012000800000000' },
  ],
  [
    'set_field of a field with an experimenter number',
    { type: 'set_field', field: 'nsh_ttl', value: 5n, mask: 0xffn },
    undefined,
    { 1: 'ffff001800002320 0021ffff1405005a d650050000000000' },
  ],
  [
    'move',
    { type: 'move', src: { field: 'reg0', start: 0, bits: 16 }, dst: { field: 'reg1', start: 16, bits: 16 } },
    undefined,
    {
      1: 'ffff001800002320 0006001000000010 0001000400010204',
      6: '001c001800100000 0010000000010004 0001020400000000',
    },
  ],
  [
    'enqueue is three actions from 1.1 on',
    { type: 'enqueue', port: 2, queue: 5 },
    undefined,
    {
      1: '000b001000020000 0000000000000005',
      4: '0015000800000005 0000001000000002 ffff000000000000 ffff001000002320 0005000000000000',
    },
  ],
  [
    'ports of 1.1 have 32 bits',
    { type: 'output', port: 0xfffe },
    undefined,
    { 1: '00000008fffe0000', 4: '00000010fffffffe 0000000000000000' },
  ],
  ['group', { type: 'group', group: 7 }, undefined, { 1: 'ffff001000002320 0028000000000007', 4: '0016000800000007' }],
  [
    'set_tunnel',
    { type: 'set_tunnel', id: 5n, wide: false },
    undefined,
    { 1: 'ffff001000002320 0002000000000005', 4: '0019001080004c08 0000000000000005' },
  ],
  [
    'nat from address 0 has no range',
    {
      type: 'ct',
      commit: true,
      force: false,
      zone: 0,
      alg: 0,
      exec: [{ type: 'nat', direction: 'src', persistent: false, hash: false, random: false, family: 4, minAddr: 0n }],
    },
    undefined,
    { 1: 'ffff002800002320 0023000100000000 0000ff0000000000 ffff001000002320 0024000000010000' },
  ],
];

describe('in each version', () => {
  for (const [what, action, match, hexes] of ROWS) {
    for (const [version, hex] of Object.entries(hexes)) {
      test(`1.${Number(version) - 1} ${what}`, () => {
        expect(hexOf(encodeActions([action], Number(version) as OfVersion, match))).toBe(hex.replace(/ /g, ''));
      });
    }
  }
});

const BAD: [version: OfVersion, error: string, hex: string][] = [
  [1, 'OFPBAC_BAD_LEN', '0000'],
  [1, 'OFPBAC_BAD_LEN', '0000000700010000'],
  [1, 'OFPBAC_BAD_LEN', '0000001000010000'],
  [1, 'OFPBAC_BAD_TYPE', '0063000800000000'],
  [1, 'OFPBAC_BAD_VENDOR', 'ffff001000001234 0000000000000000'],
  [1, 'OFPBAC_BAD_VENDOR_TYPE', 'ffff001000002320 0c00000000000000'],
  [1, 'OFPBAC_BAD_OUT_PORT', '00000008ffff0000'],
  [1, 'OFPBAC_BAD_ARGUMENT', '0001000810000000'],
  [6, 'OFPBAC_BAD_VENDOR_TYPE', 'ffff001800002320 0007000700010004 0000000000000005'],
  [4, 'OFPBAC_BAD_SET_MASK', '0019001000010108 000001020000ff0f'],
  [4, 'OFPBAC_BAD_SET_ARGUMENT', '0019001080000a02 0800000000000000'],
  [4, 'OFPBAC_BAD_SET_LEN', '0019001080001602 0a00000000000000'],
  [1, 'OFPBAC_BAD_SET_LEN', 'ffff001800002320 000707df00010004 0000000000000005'],
  [1, 'OFPBAC_BAD_ARGUMENT', 'ffff001800002320 0007000300010004 0000000000000010'],
  [1, 'OFPBAC_BAD_SET_ARGUMENT', 'ffff001800002320 0007001f0001d604 0000000000000005'],
  [1, 'OFPBAC_BAD_SET_ARGUMENT', 'ffff001000002320 0024000000000000'],
  [1, 'OFPBAC_BAD_ARGUMENT', 'ffff001800002320 0023000200000000 0000ff0000000000'],
  [1, 'OFPBAC_BAD_ARGUMENT', 'ffff002000002320 0023000100000000 0000ff0000000000 0000000800010000'],
  [1, 'OFPBAC_BAD_SET_LEN', 'ffff001800002320 0023000100010004 0007ff0000000000'],
  [1, 'OFPBAC_BAD_ARGUMENT', 'ffff002800002320 0023000000000000 0000ff0000000000 ffff001000002320 0024000000010000'],
];

function errorOf(hex: string, version: OfVersion): string {
  try {
    return decodeActions(bytesOf(hex), version)
      .map(({ type }) => type)
      .join();
  } catch (error) {
    if (error instanceof OpenFlowError) return error.name;
    throw error;
  }
}

describe('bad actions', () => {
  for (const [version, error, hex] of BAD) {
    test(`1.${version - 1} ${error} ${hex}`, () => expect(errorOf(hex, version)).toBe(error));
  }
});
