/** Bytes of rtnetlink -> events, made here by the layout of rtnetlink(7). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLinkMessages } from '../../../datapath/ports/link-messages.js';

const NEWLINK = 16;
const DELLINK = 17;
const UP_RUNNING = 0x41;

const u16 = (value: number): number[] => [value & 0xff, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const padded = (bytes: number[]): number[] => [...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
const attribute = (type: number, value: number[]): number[] =>
  padded([...u16(4 + value.length), ...u16(type), ...value]);
const name = (text: string): number[] => attribute(3, [...Buffer.from(text), 0]);
const message = (type: number, body: number[]): number[] => [
  ...u32(16 + body.length),
  ...u16(type),
  ...u16(0),
  ...u32(0),
  ...u32(0),
  ...body,
];
const link = (index: number, flags: number, family = 0): number[] => [
  family,
  0,
  ...u16(1),
  ...u32(index),
  ...u32(flags),
  ...u32(0),
];

const MAC = [2, 0, 0, 0, 0, 7];
const WHOLE = message(NEWLINK, [
  ...link(7, UP_RUNNING),
  ...name('veth0'),
  ...attribute(4, u32(1400)),
  ...attribute(1, MAC),
]);
const SEEN = {
  kind: 'seen',
  ifindex: 7,
  name: 'veth0',
  adminUp: true,
  linkUp: true,
  mtu: 1400,
  mac: Uint8Array.from(MAC),
};
const BARE = { kind: 'seen', ifindex: 7, name: '', adminUp: false, linkUp: false, mtu: 0, mac: null };

test.each<[string, number[], object[] | null]>([
  ['an interface with all there is', WHOLE, [SEEN]],
  [
    'two messages in one datagram',
    [...WHOLE, ...message(DELLINK, [...link(8, 0), ...name('x')])],
    [SEEN, { ...BARE, kind: 'gone', ifindex: 8, name: 'x' }],
  ],
  ['an interface without attributes', message(NEWLINK, link(7, 0)), [BARE]],
  ['up, without a carrier', message(NEWLINK, link(7, 1)), [{ ...BARE, adminUp: true }]],
  [
    'attributes with the flag of nesting',
    message(NEWLINK, [...link(7, 0), ...attribute(0x8012, name('inner')), ...name('a')]),
    [{ ...BARE, name: 'a' }],
  ],
  [
    'an address that is none of Ethernet, an MTU of two bytes',
    message(NEWLINK, [...link(7, 0), ...attribute(1, [1, 2, 3, 4]), ...attribute(4, [1, 2])]),
    [BARE],
  ],
  ['an interface that has left a bridge', message(DELLINK, [...link(7, 0, 7), ...name('veth0')]), []],
  ['a message about routes', message(24, u32(0)), []],
  ['nothing', [], []],
  ['less than a header', [1, 2, 3], null],
  ['a message longer than the datagram', [...u32(400), ...WHOLE.slice(4)], null],
  ['a message shorter than its header', [...u32(8), ...WHOLE.slice(4)], null],
  ['a message of length 0', [...u32(0), ...WHOLE.slice(4)], null],
  ['an interface cut short', message(NEWLINK, link(7, 0).slice(0, 12)), null],
  ['an attribute longer than the message', message(NEWLINK, [...link(7, 0), ...u16(40), ...u16(3), ...u32(0)]), null],
  ['an attribute of length 0', message(NEWLINK, [...link(7, 0), ...u16(0), ...u16(3)]), null],
])('%s', (_, bytes, events) => expect(parseLinkMessages(Uint8Array.from(bytes))).toEqual(events));

test('any bytes are events or broken, and so is every part of a message', () => {
  for (let end = 0; end < WHOLE.length; end++)
    expect(() => parseLinkMessages(Uint8Array.from(WHOLE.slice(0, end)))).not.toThrow();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(WHOLE.length - 1), (noise, at) => {
      const bytes = Uint8Array.from(WHOLE);
      bytes.set(noise.subarray(0, bytes.length - at), at);
      parseLinkMessages(bytes);
      parseLinkMessages(noise);
    }),
  );
});
