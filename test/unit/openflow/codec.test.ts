/** The codec around the bodies: hellos, errors, replies in parts, and which encoding a message goes in. */
import { describe, expect, test } from 'vitest';
import { Match } from '../../../src/match/match.js';
import {
  decodeMessage,
  encodeMessage,
  encodeMultipart,
  errorReply,
  messageTitle,
  xidOf,
} from '../../../src/openflow/codec.js';
import { ERRORS, type ErrorName, errorCode, errorName, OpenFlowError } from '../../../src/openflow/errors.js';
import type { FlowMod, FlowStats, Message, OfVersion } from '../../../src/openflow/message-types.js';
import { negotiate, VERSIONS } from '../../../src/openflow/version.js';
import { bytesOf, hexOf } from './vectors.js';

const FLAGS = {
  sendFlowRem: false,
  checkOverlap: false,
  resetCounts: false,
  noPacketCounts: false,
  noByteCounts: false,
};

const flow = (match: Match): FlowStats => ({
  table: 3,
  match,
  priority: 5,
  cookie: 7n,
  durationSec: 1,
  durationNsec: 2,
  idleTimeout: 3,
  hardTimeout: 4,
  idleAge: 5,
  hardAge: -1,
  importance: 0,
  packets: 1n << 40n,
  bytes: 1n << 50n,
  flags: FLAGS,
  instructions: [{ type: 'apply_actions', actions: [{ type: 'output', port: 1 }] }],
});

const flowMod = (changes: Partial<FlowMod>): Message => ({
  name: 'flow_mod',
  version: 1,
  xid: 1,
  body: {
    command: 'add',
    table: 0,
    match: new Match(),
    priority: 1,
    cookie: 0n,
    cookieMask: 0n,
    modifyCookie: false,
    idleTimeout: 0,
    hardTimeout: 0,
    importance: 0,
    bufferId: 0xffffffff,
    outPort: 0xffff,
    outGroup: 0xffffffff,
    flags: FLAGS,
    instructions: [],
    ...changes,
  },
});

describe('hello', () => {
  const ROWS: [version: OfVersion, versions: number, hex: string][] = [
    [6, 0x7e, '0600000800000001'],
    [4, 0x12, '0400001000000001 0001000800000012'],
    [4, 0x10, '0400001000000001 0001000800000010'],
    [1, 0x02, '0100000800000001'],
  ];
  for (const [version, versions, hex] of ROWS) {
    test(`of 0x${versions.toString(16)}`, () => {
      const message: Message = { name: 'hello', version, xid: 1, body: { versions } };
      expect(hexOf(encodeMessage(message))).toBe(hex.replace(/ /g, ''));
      expect(decodeMessage(bytesOf(hex))).toEqual(message);
    });
  }

  test('of a version to come is taken as one of our highest', () => {
    expect(decodeMessage(bytesOf('0900000800000001'))).toMatchObject({ version: 6, body: { versions: 0x7e } });
  });

  test('with broken elements says what its header says', () => {
    expect(decodeMessage(bytesOf('0400000c00000001 00010007'))).toMatchObject({ body: { versions: 0x1e } });
  });

  test.each([
    [0x7e, 0x12, 4],
    [0x32, 0x7e, 5],
    [0x02, 0x10, null],
  ])('0x%s and 0x%s agree', (ours, theirs, agreed) => expect(negotiate(ours, theirs)).toBe(agreed));
});

describe('errors', () => {
  const ROWS: [error: ErrorName, request: string, reply: string][] = [
    ['OFPBRC_BAD_TYPE', '0112000811223344', '010100141122334400010001 0112000811223344'],
    ['OFPBAC_MATCH_INCONSISTENT', '0112000811223344', '0101001c11223344b0c20000000023200001020a 0112000811223344'],
    ['OFPBIC_DUP_INST', '0412000811223344', '0401001811223344ffff0a284f4e4600 0412000811223344'],
    ['NXBRC_NXM_INVALID', '0412000811223344', '0401001811223344ffff000200002320 0412000811223344'],
    ['OFPBFC_MSG_UNSUP', '0512000811223344', '05010014112233440011000a 0512000811223344'],
    ['OFPBAC_BAD_METER', '0412000811223344', '0401001811223344ffff000a00002320 0412000811223344'],
    ['OFPBAC_BAD_METER', '0112000811223344', '0101001c11223344b0c200000000232000010209 0112000811223344'],
  ];
  for (const [error, request, reply] of ROWS) {
    test(`${error} to 1.${Number(request[1]) - 1}`, () => {
      expect(hexOf(errorReply(error, bytesOf(request)))).toBe(reply.replace(/ /g, ''));
    });
  }

  test('carry 64 bytes of the request', () => {
    expect(errorReply('OFPBRC_BAD_LEN', new Uint8Array(500).fill(1))).toHaveLength(12 + 64);
  });

  test('to too few bytes for a header have no transaction', () => {
    expect(hexOf(errorReply('OFPBRC_BAD_LEN', bytesOf('0405')))).toBe('0401000e00000000000100060405');
    expect(xidOf(bytesOf('0405'))).toBe(0);
  });

  test('nobody knows keep their numbers', () => {
    for (const hex of [
      '010100100000000100630064 01020304',
      '040100140000000 1ffff00071234567801020304'.replace(/ /g, ''),
    ]) {
      const bytes = bytesOf(hex);
      expect(hexOf(encodeMessage(decodeMessage(bytes)))).toBe(hexOf(bytes));
    }
  });

  test('have one number in each version, and numbers lead back to a name with that number', () => {
    for (const name of Object.keys(ERRORS) as ErrorName[]) {
      for (const version of VERSIONS) {
        const code = errorCode(name, version);
        if (code === null) continue;
        const found = errorName(version, code.vendor, code.type, code.code);
        expect(errorCode(found!, version)).toEqual(code);
      }
    }
  });
});

describe('replies that are lists', () => {
  const flows = Array.from({ length: 3000 }, (_, i) => flow(new Match().set('reg0', BigInt(i))));

  for (const version of VERSIONS) {
    test(`of 3000 flows come in parts in 1.${version - 1}`, () => {
      const message: Message = {
        name: 'flow_stats_reply',
        version,
        xid: 9,
        body: { flows, more: false },
        ...(version === 1 ? { variant: 'nx' } : {}),
      };
      const parts = encodeMultipart(message).map((bytes) => decodeMessage(bytes));
      expect(parts.length).toBeGreaterThan(2);
      const bodies = parts.map(({ body }) => body as { flows: FlowStats[]; more: boolean });
      expect(bodies.map(({ more }) => more)).toEqual(parts.map((_, i) => i < parts.length - 1));
      const seen = bodies.flatMap(({ flows: part }) => part.map(({ match }) => Number(match.get('reg0').value)));
      expect(seen).toEqual(flows.map((_, i) => i));
      expect(new Set(parts.map(({ xid }) => xid))).toEqual(new Set([9]));
    });
  }

  test('of nothing are one message', () => {
    const message: Message = { name: 'port_desc_reply', version: 4, xid: 1, body: { ports: [], more: false } };
    expect(encodeMultipart(message).map(hexOf)).toEqual(['0413001000000001000d000000000000']);
  });

  test('that are too long for one message are refused by encodeMessage', () => {
    const message: Message = { name: 'flow_stats_reply', version: 4, xid: 1, body: { flows, more: false } };
    expect(() => encodeMessage(message)).toThrow(OpenFlowError);
  });
});

describe('OpenFlow 1.0 chooses NXM when its own match falls short', () => {
  const inPort = new Match().set('in_port', 1n);
  const ROWS: [what: string, message: Message, title: string][] = [
    ['a port', flowMod({ match: inPort }), 'OFPT_FLOW_MOD'],
    ['a register', flowMod({ match: new Match().set('reg0', 1n) }), 'NXT_FLOW_MOD'],
    ['a cookie', flowMod({ command: 'delete', cookie: 1n, cookieMask: 1n }), 'NXT_FLOW_MOD'],
    ['a wish', { ...flowMod({ match: inPort }), variant: 'nx' } as Message, 'NXT_FLOW_MOD'],
    ['1.3', { ...flowMod({ match: new Match().set('reg0', 1n) }), version: 4 } as Message, 'OFPT_FLOW_MOD'],
  ];
  for (const [what, message, title] of ROWS) test(what, () => expect(messageTitle(message)).toBe(title));
});

test('a flow_mod of 1.0 names its table only where that is agreed', () => {
  const message = flowMod({ table: 9 });
  const agreed = encodeMessage(message, { tableId: true });
  expect(decodeMessage(agreed, { tableId: true })).toMatchObject({ body: { table: 9, command: 'add' } });
  expect(() => decodeMessage(agreed)).toThrow('OFPFMFC_BAD_COMMAND');
  expect(decodeMessage(encodeMessage(message))).toMatchObject({ body: { table: 255 } });
});

test('a modify may look for one cookie and set another', () => {
  const message = flowMod({
    command: 'modify',
    table: 255,
    cookie: 5n,
    cookieMask: 0xffn,
    modifyCookie: true,
    newCookie: 9n,
  });
  expect(decodeMessage(encodeMessage(message))).toMatchObject({ body: message.body });
});

test('a message that a version lacks is refused', () => {
  const message: Message = { name: 'table_desc_request', version: 1, xid: 1, body: null };
  expect(() => encodeMessage(message)).toThrow('OFPBRC_BAD_TYPE');
});

const BAD: [error: string, hex: string][] = [
  ['OFPBRC_BAD_LEN', ''],
  ['OFPBRC_BAD_LEN', '01050009000000'],
  ['OFPBRC_BAD_LEN', '0105000900000001'],
  ['OFPBRC_BAD_VERSION', '0705000800000001'],
  ['OFPBRC_BAD_VERSION', '0005000800000001'],
  ['OFPBRC_BAD_TYPE', '0163000800000001'],
  ['OFPBRC_BAD_STAT', '0412001000000001 00ee000000000000'],
  ['OFPBRC_BAD_VENDOR', '0104001000000001 0000123400000001'],
  ['OFPBRC_BAD_SUBTYPE', '0104001000000001 00002320000003e7'],
  ['OFPBRC_BAD_SUBTYPE', '0104001000000001 0000232000012345'],
  ['OFPBFC_BAD_VERSION', '0522001800000001 0000000100000003 0412000800000001'],
  ['OFPBFC_MSG_BAD_XID', '0522001800000001 0000000100000003 0512000800000002'],
  ['OFPBFC_MSG_UNSUP', '0522001800000001 0000000100000003 0514000800000001'],
  ['OFPBFC_MSG_BAD_LEN', '0522001400000001 0000000100000003 05140008'],
];

describe('bad headers', () => {
  for (const [error, hex] of BAD)
    test(`${error} ${hex}`, () => expect(() => decodeMessage(bytesOf(hex))).toThrow(error));
});
