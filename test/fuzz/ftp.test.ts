/**
 * Odd lines on FTP control connections, with and without NAT: nothing throws, what is announced is what was said, packets stay whole,
 * and a sender cannot have more expected than the limit.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { MAX_MESSAGE, parseFtp } from '../../datapath/conntrack/alg/ftp-parse.js';
import { HELPER_FTP } from '../../datapath/conntrack/record/extra.js';
import { CT_INVALID } from '../../datapath/packet/ct-state.js';
import type { Packet } from '../../datapath/packet/packet.js';
import * as tcp from '../../datapath/wire/tcp.js';
import { areChecksumsRight, ipOf, type Segment, segment } from '../helpers/segments.js';
import { type Action, TestTracker } from '../helpers/tracker.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const LINES = 20_000;
const TALKS = 60;
const LINES_PER_TALK = 100;

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

const NUMBERS = [
  '0',
  '1',
  '4',
  '10',
  '21',
  '255',
  '256',
  '999',
  '0000',
  '65535',
  '65536',
  '99999',
  '-1',
  '',
  ' ',
  '1e3',
];
const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.2',
  '192.0.2.9',
  '0.0.0.0',
  'fc00::1',
  'fc00::2',
  '::',
  '1:2:3:4:5:6:7:8',
  '1::2::3',
  'g::1',
];
const WORDS = [
  'PORT',
  'port ',
  'EPRT ',
  'EPSV',
  '227',
  '229 ',
  '227 Entering Passive Mode (',
  '229 Extended Passive Mode (|||',
  'LIST',
];

/** Made of parts that belong to FTP, mostly not where they should be. */
function randomLine(rng: SeededRng): string {
  const numbers = (count: number): string => Array.from({ length: count }, () => pick(rng, NUMBERS)).join(',');
  const bar = pick(rng, ['|', '|', '!', ':', '1', '']);
  const forms = [
    () => `${pick(rng, WORDS)} ${numbers(1 + rng.below(8))}${pick(rng, ['', ')', ').'])}`,
    () => `PORT 10,0,0,1,${numbers(2)}`,
    () => `227 Entering Passive Mode (10,0,0,2,${numbers(2)})`,
    () => `EPRT ${bar}${pick(rng, ['1', '2', '3', ''])}${bar}${pick(rng, ADDRESSES)}${bar}${pick(rng, NUMBERS)}${bar}`,
    () => `229 Extended Passive Mode (${bar}${bar}${bar}${pick(rng, NUMBERS)}${bar})`,
    () => Array.from({ length: rng.below(40) }, () => String.fromCharCode(rng.below(256))).join(''),
  ];
  let line = pick(rng, forms)();
  if (rng.below(4) === 0) line = line.slice(0, rng.below(line.length + 1));
  if (rng.below(4) === 0) {
    const at = rng.below(line.length + 1);
    line = line.slice(0, at) + String.fromCharCode(rng.below(256)) + line.slice(at + rng.below(2));
  }
  return line + pick(rng, ['\r\n', '\n', '', 'x'.repeat(200)]);
}

/** What the tracker reads of a line: its last byte is taken for the line's end. */
const lookedAt = (line: string): string => line.slice(0, MAX_MESSAGE).slice(0, -1);

test(`parser, seed ${SEED}`, () => {
  const rng = new SeededRng(SEED);
  let understood = 0;
  for (let i = 0; i < LINES; i++) {
    const line = randomLine(rng);
    const family = pick(rng, [4, 6] as const);
    const found = parseFtp(lookedAt(line), family);
    if (found === null || found === 'bad') continue;
    understood++;
    expect([line, found.port >= 0 && found.port <= 65_535]).toEqual([line, true]);
    expect([line, [0, family === 4 ? 1 : 4].includes(found.address.length)]).toEqual([line, true]);
    expect(found.at + found.size).toBeLessThanOrEqual(line.length);
  }
  expect(understood).toBeGreaterThan(LINES / 50);
});

/** The same text: `size` bytes at `at` are the only ones that may have changed. */
const textOf = (p: Packet): string =>
  String.fromCharCode(...p.bytes.subarray(p.l4 + tcp.headerSize(p.bytes, p.l4), p.start + p.size));

interface Ends {
  client: string;
  server: string;
  nat: Action['nat'];
  seen: { client: string; server: string };
}

const V4: Ends = { client: '10.0.0.1', server: '10.0.0.2', nat: {}, seen: { client: '10.0.0.1', server: '10.0.0.2' } };
const V6: Ends = { client: 'fc00::1', server: 'fc00::2', nat: {}, seen: { client: 'fc00::1', server: 'fc00::2' } };
const KINDS: readonly Ends[] = [
  V4,
  V6,
  { ...V4, nat: { src: '192.0.2.240' }, seen: { ...V4.seen, client: '192.0.2.240' } },
  { ...V4, server: '192.0.2.9', nat: { dst: '10.0.0.2' }, seen: { ...V4.seen } },
  { ...V6, nat: { src: '2001:db8::240' }, seen: { ...V6.seen, client: '2001:db8::240' } },
];

/** One control connection, whose sequence numbers nobody minds. */
function talk(rng: SeededRng, ends: Ends): void {
  const tracker = new TestTracker({ seed: SEED });
  const { ct } = tracker;
  ct.checksTcpSequence = false;
  const there: Segment = { proto: 'tcp', src: ends.client, dst: ends.server, sport: 40_000, dport: 21 };
  const back: Segment = { proto: 'tcp', src: ends.seen.server, dst: ends.seen.client, sport: 21, dport: 40_000 };
  tracker.send({ ...there, flags: 'S', seq: 1 }, { commit: true, helper: HELPER_FTP, nat: ends.nat! });
  tracker.send({ ...back, flags: 'SA', seq: 1, ack: 2 }, { nat: {} });
  for (let i = 0; i < LINES_PER_TALK; i++) {
    const line = randomLine(rng);
    const s = { ...(rng.below(2) === 0 ? there : back), flags: 'PA', seq: 2, ack: 2, payload: latin1(line) };
    const p = tracker.run(segment(s), { nat: {} });
    const isBad = tracker.reason === 'alg-ftp-bad';
    expect([line, (p.ctState & CT_INVALID) !== 0]).toEqual([line, isBad]);
    expect([line, areChecksumsRight(ipOf(p))]).toEqual([line, true]);
    if (textOf(p) !== line) expect([line, sameAnnouncement(line, textOf(p), ends)]).toEqual([line, true]);
    expect(ct.expectedCount).toBeLessThanOrEqual(64);
  }
  expect([...ct.expected()]).toHaveLength(ct.expectedCount);
  ct.flush({}, tracker.now);
  expect([ct.expectedCount, ct.count]).toEqual([0, 0]);
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** A line that was rewritten announces the same port, at the address that the other side knows. */
function sameAnnouncement(before: string, after: string, { client }: Ends): boolean {
  const family = client.includes(':') ? 6 : 4;
  const [old, now] = [before, after].map((line) => parseFtp(lookedAt(line), family));
  return old !== null && old !== 'bad' && now !== null && now !== 'bad' && old.port === now.port;
}

test(`connections, seed ${SEED}`, { timeout: 60_000 }, () => {
  const rng = new SeededRng(SEED);
  for (let i = 0; i < TALKS; i++) talk(rng, pick(rng, KINDS));
});
