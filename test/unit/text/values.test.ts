/** The small parts of the text layer: addresses, names, flags, scanning, errors with their place. */
import { describe, expect, test } from 'vitest';
import { parseActions } from '../../../src/text/action-parse.js';
import { formatActions } from '../../../src/text/action-print.js';
import { formatIpv6, parseIpv4, parseIpv6, parseMac, prefixLength, prefixMask } from '../../../src/text/address.js';
import { FileTextError, TextError } from '../../../src/text/error.js';
import { parseFlow, parseFlowFile } from '../../../src/text/flow.js';
import { hexDump } from '../../../src/text/hexdump.js';
import { formatMatch, parseMatch } from '../../../src/text/match.js';
import { formatPort, NameMap, parsePort, quoteName, unquoteName } from '../../../src/text/names.js';
import { parsePacketOut } from '../../../src/text/packet-out.js';
import { pairs, withoutComment } from '../../../src/text/scanner.js';

describe('IPv6 addresses', () => {
  const rows = [
    ['::', '::'],
    ['::1', '::1'],
    ['fe80::1', 'fe80::1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['2001:DB8::10.0.0.1', '2001:db8::a00:1'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['ff00::', 'ff00::'],
  ];
  for (const [text, canonical] of rows) test(text!, () => expect(formatIpv6(parseIpv6(text!)!)).toBe(canonical));
  for (const bad of ['', ':', ':::', '1::2::3', '1:2:3', '12345::', '1:2:3:4:5:6:7:8:9', '::1.2.3', 'g::'])
    test(`bad "${bad}"`, () => expect(parseIpv6(bad)).toBeNull());
});

test('IPv4 and Ethernet addresses that are none', () => {
  for (const bad of ['1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d', '']) expect(parseIpv4(bad)).toBeNull();
  for (const bad of ['00:11:22:33:44', '00:11:22:33:44:555', '00-11-22-33-44-55', '']) expect(parseMac(bad)).toBeNull();
});

test('prefixes: length of a mask and mask of a length', () => {
  for (const bits of [32, 128])
    for (let length = 0; length <= bits; length++) expect(prefixLength(prefixMask(length, bits), bits)).toBe(length);
  expect(prefixLength(0xff00ff00n, 32)).toBe(-1);
});

describe('ports', () => {
  const names = { ports: new NameMap().add(1, 'p1').add(2, 'veth_l0').add(3, '7') };
  const rows: [string, number | null][] = [
    ['1', 1],
    ['p1', 1],
    ['"veth_l0"', 2],
    ['veth_l0', 2],
    ['local', 0xfffe],
    ['4294967294', 0xfffe],
    ['NONE', 0xffff],
    ['"7"', 3],
    ['7', 7],
    ['65536', null],
    ['p2', null],
    ['-1', null],
  ];
  for (const [text, port] of rows) test(text, () => expect(parsePort(text, names)).toBe(port));
  test('are printed by name, quoted where the name needs it', () => {
    expect([1, 2, 4, 0xfffe].map((port) => formatPort(port, names))).toEqual(['p1', '"veth_l0"', '4', 'LOCAL']);
  });
  test('any name comes back from its quoted form', () => {
    for (const name of ['p1', '1p', 'a"b', 'a,b', 'ü', '']) expect(unquoteName(quoteName(name))).toBe(name);
  });
});

describe('scanner', () => {
  test('keys, values, nesting, quotes', () => {
    const text = 'tcp, in_port="a,b" ct(commit,nat(src=1.1.1.1)) output:3,x=f[0..3]->g(1,2)';
    expect(pairs(text).map(({ key, value }) => [key, value])).toEqual([
      ['tcp', null],
      ['in_port', '"a,b"'],
      ['ct', 'commit,nat(src=1.1.1.1)'],
      ['output', '3'],
      ['x', 'f[0..3]->g(1,2)'],
    ]);
  });
  test('every part knows its place', () => {
    const text = ' a=1,b(2),c';
    for (const { key, value, at, valueAt } of pairs(text)) {
      expect(text.slice(at, at + key.length)).toBe(key);
      if (value !== null) expect(text.slice(valueAt, valueAt + value.length)).toBe(value);
    }
  });
  test('an open parenthesis is an error', () => expect(() => pairs('ct(commit')).toThrow(TextError));
  test('comments, but not inside quotes', () => {
    expect(withoutComment('tcp # why')).toBe('tcp');
    expect(withoutComment('in_port="#1",x')).toBe('in_port="#1",x');
  });
});

describe('errors know where', () => {
  const at = (parse: () => unknown): string => {
    try {
      parse();
    } catch (error) {
      const { text, at: offset } = error as TextError;
      return text.slice(offset);
    }
    return 'no error';
  };
  const rows = [
    ['tcp,foo=1,actions=drop', 'foo=1,actions=drop'],
    ['tcp,nw_src=1.2.3,actions=drop', '1.2.3,actions=drop'],
    ['tcp,actions=1,bar', 'bar'],
    ['tcp,actions=ct(commit,zone=x)', 'x)'],
    ['tcp,actions=load:5->foo[]', 'foo[]'],
    ['ct_state=+trk+xyz,actions=drop', 'xyz,actions=drop'],
  ];
  for (const [flow, place] of rows) test(flow!, () => expect(at(() => parseFlow(flow!))).toBe(place));

  test('in a file: line and column, and the message says file and line', () => {
    const error = (() => {
      try {
        parseFlowFile('# head\n\ntcp,actions=1\n  udp,actions=nowhere # x\n', 'f.flows');
      } catch (thrown) {
        return thrown as FileTextError;
      }
      return null;
    })();
    expect(error).toBeInstanceOf(FileTextError);
    expect([error!.message, error!.line, error!.column]).toEqual(['f.flows:4: unknown action nowhere', 4, 15]);
  });
});

test('a flow that asks for more than its match makes sure of says what was left out', () => {
  const notes: unknown[] = [];
  parseFlow('nw_src=1.2.3.4,actions=1', { onNote: (note) => notes.push(note) });
  parseFlow('tcp,nw_src=1.2.3.4,tp_dst=80,actions=1', { onNote: (note) => notes.push(note) });
  expect(notes).toEqual([{ before: 'nw_src=1.2.3.4', after: '' }]);
});

test('packet-out in one text', () => {
  const frame = '00112233445566778899aabb0800';
  const out = parsePacketOut(`in_port=LOCAL packet=${frame} actions=ct(commit),2`);
  expect([out.inPort, Buffer.from(out.packet).toString('hex'), out.actions.length]).toEqual([0xfffe, frame, 2]);
  for (const bad of [
    `packet=${frame} actions=2`,
    'in_port=1 packet=00 actions=2',
    'in_port=1 actions=2',
    `in_port=1 packet=${frame}`,
  ])
    expect(() => parsePacketOut(bad)).toThrow(TextError);
});

test('hex dump', () => {
  const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x3c + i);
  expect(hexDump(bytes)).toBe('00000000  3c 3d 3e 3f 40 41 42 43-44 45 46 47 48 49 4a 4b\n00000010  4c 4d 4e 4f\n');
  expect(hexDump(bytes.subarray(12), true)).toBe(
    `00000000  48 49 4a 4b 4c 4d 4e 4f-${' '.repeat(24)}|HIJKLMNO        |\n`,
  );
});

test('fields without a number in OpenFlow are written through those that have one', () => {
  const rows: [text: string, shown: string][] = [
    ['set_field:4->reg20', 'set_field:0x400000000/0xffffffff00000000->xreg10'],
    ['set_field:4/0xf->reg21', 'set_field:0x4/0xf->xreg10'],
    ['load:4->reg20[1..3]', 'load:0x4->OXM_OF_PKT_REG10[33..35]'],
    ['set_field:4->dl_vlan', 'mod_vlan_vid:4'],
    ['set_field:4->dl_vlan_pcp', 'mod_vlan_pcp:4'],
    ['move:dl_vlan_pcp[]->reg0[0..2]', 'move:OXM_OF_VLAN_PCP[]->NXM_NX_REG0[0..2]'],
  ];
  for (const [text, shown] of rows) expect(formatActions(parseActions(text)), text).toBe(shown);
  expect(() => parseActions('move:skb_priority[]->reg0[]')).toThrow('skb_priority has no number in OpenFlow');
  expect(() => parseActions('ct(zone=nsh_c1[0..15])')).toThrow('zone cannot be taken from nsh_c1');
});

test('fields without masks take a mask of all bits of their bytes, or of none, as ovs-ofctl does', () => {
  const rows: [match: string, shown: string | null][] = [
    ['ip,nw_ecn=1/0xff', 'ip,nw_ecn=1'],
    ['ip,nw_ecn=1/0', 'ip'],
    ['ip,nw_ecn=0/3', null],
    ['ip,nw_ecn=1/0x3', null],
    ['mpls,mpls_label=3/0xffffffff', 'mpls,mpls_label=3'],
    ['mpls,mpls_label=3/0xfffff', null],
    ['mpls,mpls_bos=1/1', null],
    ['ip,nw_tos=32/0xfc', null],
    ['ip,ip_dscp=8/0x3f', null],
    ['dl_vlan=5/0xfff', null],
    ['arp,arp_op=1/0xffff', 'arp,arp_op=1'],
  ];
  for (const [match, shown] of rows)
    if (shown === null) expect(() => parseMatch(match), match).toThrow('invalid mask for field');
    else expect(formatMatch(parseMatch(match)), match).toBe(shown);
});

test('what is set under a mask of no bits is ANY, and is read back', () => {
  for (const text of ['set_field:0/0->reg0', 'set_field:ANY->reg0', 'set_field:0.0.0.0/0.0.0.0->tun_src']) {
    const [, field] = text.split('->');
    const shown = formatActions(parseActions(text));
    expect(shown).toBe(`set_field:ANY->${field}`);
    expect(parseActions(shown)).toEqual(parseActions(text));
  }
});
