/** NXT_CT_FLUSH: messages of the real ovs-ofctl, what they say, and what they flush. */
import { describe, expect, test } from 'vitest';
import type { FlushFilter } from '../../../datapath/conntrack/query/flush.js';
import { flushFilter } from '../../../src/bridge/ct-flush.js';
import { decodeMessage, encodeMessage } from '../../../src/openflow/codec.js';
import type { CtFlush } from '../../../src/openflow/ct-flush-types.js';
import { ctFlushOf } from '../../../src/text/ct-flush.js';
import { formatMessage } from '../../../src/text/message.js';

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const V4 = 0x0a010101n;

const rows: [hex: string, text: string, filter: object][] = [
  [
    '010400180000000200002320000000200000000000000000',
    "zone=0 'ct_ipv6_src=::,ct_ipv6_dst=::,ct_tp_src=0,ct_tp_dst=0,ct_nw_proto=0' 'ct_ipv6_src=::,ct_ipv6_dst=::,ct_tp_src=0,ct_tp_dst=0'",
    {},
  ],
  [
    '0104002000000002000023200000002000000000000000000002000800050000',
    "zone=5 'ct_ipv6_src=::,ct_ipv6_dst=::,ct_tp_src=0,ct_tp_dst=0,ct_nw_proto=0' 'ct_ipv6_src=::,ct_ipv6_dst=::,ct_tp_src=0,ct_tp_dst=0'",
    { zone: 5 },
  ],
  [
    '01040038000000020000232000000020000000000000000000010020000000000000001400000000000000000000ffff0a01010100000000',
    "zone=0 'ct_nw_src=::,ct_nw_dst=::,ct_tp_src=0,ct_tp_dst=0,ct_nw_proto=0' 'ct_nw_src=10.1.1.1,ct_nw_dst=::,ct_tp_src=0,ct_tp_dst=0'",
    { reply: { family: 4, src: V4 } },
  ],
  [
    '01040088000000020000232000000020060000000000000000000048000000000000001400000000000000000000ffff0a010101000000000001001400000000000000000000ffff0a010102000000000002000800010000000300080002000000010020000000000000001400000000000000000000ffff0a010102000000000002000800050000',
    "zone=5 'ct_nw_src=10.1.1.1,ct_nw_dst=10.1.1.2,ct_tp_src=1,ct_tp_dst=2,ct_nw_proto=6' 'ct_nw_src=10.1.1.2,ct_nw_dst=::,ct_tp_src=0,ct_tp_dst=0'",
    {
      zone: 5,
      orig: { family: 4, src: V4, dst: V4 + 1n, proto: 6, srcPort: 1, dstPort: 2 },
      reply: { family: 4, src: V4 + 1n },
    },
  ],
  [
    '010400700000000200002320000000203a00000000000000000000380000000000000014fc0000000000000000000000000000010000000000040008000a0000000500050800000000060005010000000001002000000000000400080000000000050005000000000006000500000000',
    "zone=0 'ct_ipv6_src=fc00::1,ct_ipv6_dst=::,icmp_id=10,icmp_type=8,icmp_code=1,ct_nw_proto=58' 'ct_ipv6_src=::,ct_ipv6_dst=::,icmp_id=0,icmp_type=0,icmp_code=0'",
    { orig: { family: 6, src: 0xfc000000000000000000000000000001n, proto: 58, icmpId: 10, icmpType: 8, icmpCode: 1 } },
  ],
];

describe('of the real ovs-ofctl', () => {
  test.each(rows)('%s', (hex, text, filter) => {
    const message = decodeMessage(bytesOf(hex));
    expect(formatMessage(message)).toBe(`NXT_CT_FLUSH (xid=0x2): ${text}\n`);
    expect(flushFilter(message.body as CtFlush)).toEqual(filter);
    expect(decodeMessage(encodeMessage(message)).body).toEqual(message.body);
  });

  test('what carries no zeros comes back byte by byte', () => {
    for (const [hex] of rows.slice(0, 4)) expect(encodeMessage(decodeMessage(bytesOf(hex)))).toEqual(bytesOf(hex));
  });

  const bad: [string, string][] = [
    ['010400180000000200002320000000200001000000000000', 'NXBRC_MUST_BE_ZERO'],
    ['0104002000000002000023200000002000000000000000000009000800050000', 'OFPBPC_BAD_TYPE'],
    ['0104002000000002000023200000002000000000000000000002004000050000', 'OFPBPC_BAD_LEN'],
  ];
  test.each(bad)('%s is %s', (hex, name) => {
    expect(() => decodeMessage(bytesOf(hex))).toThrow(expect.objectContaining({ name }));
  });
});

describe('of our own', () => {
  const asked: FlushFilter[] = [
    {},
    { zone: 0 },
    { mark: { value: 5, mask: 0xff } },
    { zone: 7, labels: { value: 1n << 100n, mask: (1n << 128n) - 1n } },
    { orig: { family: 4, src: V4, proto: 17, dstPort: 53 }, reply: { family: 4, dst: V4 } },
    { orig: { family: 6, dst: 1n << 127n, proto: 58, icmpId: 9, icmpType: 0, icmpCode: 0 } },
  ];
  test.each(asked)('%o', (filter) => {
    const bytes = encodeMessage({ name: 'ct_flush', version: 4, xid: 1, body: ctFlushOf(filter) });
    expect(flushFilter(decodeMessage(bytes).body as CtFlush)).toEqual(filter);
  });
});
