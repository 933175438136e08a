/**
 * Frames as one line of text and back, for tables of what goes into a switch and what has to come out:
 *
 *     01>fe tcp 10.0.0.1:1000>8.8.8.8:80 SA         MAC addresses by their last byte: 02:00:00:00:00:01 > 02:00:00:00:00:fe
 *     01>02 vlan=5 udp [fd00::1]:53>[fd00::2]:9 "x" payload in quotes
 *     01>02 icmp 10.0.0.1>10.0.0.2 echo 7           or `reply 7`, or `error 3/1 {udp 10.0.0.1:1>10.0.0.2:2}`, or `type 143` for others
 *     01>ff arp 01/10.0.0.1>00/10.0.0.2 request     sender and target of the ARP packet, `ff` for broadcast
 *     01>02 nd [fd00::1]>[fd00::2] solicit fd00::2 01        or `advertise fd00::2 01`, by a router with `router` behind it
 *     01>02 type=88cc 0203
 *
 * Said only where it is not as usual: ttl=63, and `seq/ack` of a TCP segment. A SYN has 0/0, its answer 0/1, all others 1/1.
 * The description of a frame turned into a frame again is that frame, byte for byte, if the frame is right.
 */
import { load16, load32 } from '../../datapath/base/bytes.js';
import { formatIpv4, formatIpv6, formatMacBytes, parseIpv4, parseIpv6, parseMac } from '../../src/text/address.js';
import { ipBytes, type Segment } from './segments.js';

const ETH = 14;
const FLAGS = 'FSRPAU';
const ND: Readonly<Record<string, number>> = { solicit: 135, advertise: 136, routers: 133, router: 134 };
/** Flags of an advertisement: that of a router; an answer, which overrides what was known. */
const ROUTER = 0x8000;
const SOLICITED = 0x6000;
const PROTO_NAMES: Readonly<Record<number, Segment['proto']>> = {
  6: 'tcp',
  17: 'udp',
  132: 'sctp',
  1: 'icmp',
  58: 'icmpv6',
};

/** The frame that the line describes. */
export function frameFrom(text: string): Uint8Array {
  const words = text.match(/\{.*\}|"[^"]*"|\S+/g) ?? [''];
  const [source, destination] = words[0].split('>').map(macFrom);
  let at = 1;
  const tag = /^vlan=(\d+)$/.exec(words[at] ?? '');
  if (tag !== null) at++;
  const [type, body] = bodyFrom(words.slice(at));
  const header = [
    ...destination,
    ...source,
    ...(tag === null ? [] : [0x81, 0, Number(tag[1]) >> 8, Number(tag[1]) & 255]),
  ];
  return Uint8Array.from([...header, type >> 8, type & 255, ...body]);
}

function bodyFrom(words: readonly string[]): [type: number, body: Uint8Array] {
  if (words[0].startsWith('type=')) return [Number.parseInt(words[0].slice(5), 16), bytesFrom(words[1] ?? '')];
  if (words[0] === 'arp') return [0x0806, arpFrom(words)];
  const ip = ipFrom(words);
  return [ip[0] >> 4 === 6 ? 0x86dd : 0x0800, ip];
}

function arpFrom([, ends, operation]: readonly string[]): Uint8Array {
  const [sender, target] = ends.split('>').map((end) => end.split('/'));
  const op = operation === 'request' ? 1 : 2;
  const end = ([mac, ip]: string[]): number[] => [...macFrom(mac), ...bytesOfAddress(ip)];
  return Uint8Array.from([0, 1, 8, 0, 6, 4, 0, op, ...end(sender), ...end(target)]);
}

function ipFrom(words: readonly string[]): Uint8Array {
  const [name, ends, ...rest] = words;
  const [from, to] = ends.split('>').map(endFrom);
  const ttl = rest.find((word) => word.startsWith('ttl='));
  const isNd = name === 'nd';
  const segment: Segment = {
    proto: isNd ? 'icmpv6' : (name as Segment['proto']),
    src: from.address,
    dst: to.address,
    ...(from.port === undefined ? {} : { sport: from.port, dport: to.port ?? 0 }),
    ttl: ttl === undefined ? (isNd ? 255 : 64) : Number(ttl.slice(4)),
    ...detailsFrom(
      name,
      rest.filter((word) => word !== ttl),
    ),
  };
  return ipBytes(segment);
}

function detailsFrom(name: string, rest: readonly string[]): Partial<Segment> {
  const quoted = rest.find((word) => word.startsWith('"'));
  const payload = quoted === undefined ? {} : { payload: quoted.slice(1, -1) };
  if (name === 'tcp') return { flags: rest[0], ...numbersFrom(rest), ...payload };
  if (name === 'icmp' || name === 'icmpv6') return { ...icmpFrom(name === 'icmpv6', rest), ...payload };
  if (name === 'nd') return ndFrom(rest);
  return payload;
}

function numbersFrom([flags, numbers = '']: readonly string[]): { seq: number; ack: number } {
  const [seq, ack] = /^\d+\/\d+$/.test(numbers) ? numbers.split('/').map(Number) : usualNumbers(flags);
  return { seq, ack };
}

const usualNumbers = (flags: string): [seq: number, ack: number] =>
  flags.includes('S') ? [0, flags.includes('A') ? 1 : 0] : [1, 1];

function icmpFrom(isV6: boolean, [kind, what, inner]: readonly string[]): Partial<Segment> {
  if (kind === 'echo') return { type: isV6 ? 128 : 8, id: Number(what) };
  if (kind === 'reply') return { type: isV6 ? 129 : 0, id: Number(what) };
  if (kind === 'type') return { type: Number(what) };
  const [type, code] = what.split('/').map(Number);
  return { type, code, inner: ipFrom(inner.slice(1, -1).split(' ')) };
}

/** Neighbour discovery: four reserved bytes (flags of an advertisement), a target, an option with a MAC address. */
function ndFrom([kind, target, ...rest]: readonly string[]): Partial<Segment> {
  const type = ND[kind];
  const isRouter = rest.at(-1) === 'router';
  const [mac] = isRouter ? rest.slice(0, -1) : rest;
  const option = mac === undefined ? [] : [type === 136 ? 2 : 1, 1, ...macFrom(mac)];
  const address = target === undefined ? [] : bytesOfAddress(target);
  return {
    type,
    id: type === 136 ? (isRouter ? ROUTER | SOLICITED : SOLICITED) : 0,
    payload: Uint8Array.from([...address, ...option]),
  };
}

const endFrom = (end: string): { address: string; port?: number } => {
  const [, address, port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(end) ?? [];
  return port === undefined ? { address } : { address, port: Number(port) };
};

/** One byte in hex is the last of 02:00:00:00:00:xx; `ff` is broadcast, `00` nobody. */
function macFrom(text: string): number[] {
  if (text === 'ff') return Array(6).fill(255) as number[];
  if (text === '00') return Array(6).fill(0) as number[];
  if (text.length === 2) return [2, 0, 0, 0, 0, Number.parseInt(text, 16)];
  return bytesOf(parseMac(text) ?? 0n, 6);
}

const bytesOfAddress = (text: string): number[] =>
  text.includes(':') ? bytesOf(parseIpv6(text) ?? 0n, 16) : bytesOf(BigInt(parseIpv4(text) ?? 0), 4);

const bytesOf = (value: bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 255n));

const bytesFrom = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** The line that describes the frame. */
export function describeFrame(b: Uint8Array): string {
  const macs = `${macText(b, 6)}>${macText(b, 0)}`;
  const isTagged = load16(b, 12) === 0x8100;
  const tag = isTagged ? ` vlan=${load16(b, 14) & 4095}` : '';
  const at = isTagged ? ETH + 4 : ETH;
  return `${macs}${tag} ${bodyText(load16(b, at - 2), b.subarray(at))}`;
}

function bodyText(type: number, b: Uint8Array): string {
  if (type === 0x0806) {
    const end = (at: number): string => `${macText(b, at)}/${formatIpv4(load32(b, at + 6) >>> 0)}`;
    return `arp ${end(8)}>${end(18)} ${load16(b, 6) === 1 ? 'request' : 'reply'}`;
  }
  if (type === 0x0800 || type === 0x86dd) return ipText(b);
  return `type=${type.toString(16).padStart(4, '0')} ${Buffer.from(b).toString('hex')}`.trim();
}

function ipText(b: Uint8Array): string {
  const isV6 = b[0] >> 4 === 6;
  const [number, l4] = isV6 ? [b[6], 40] : [b[9], 4 * (b[0] & 15)];
  const name = PROTO_NAMES[number];
  if (name === undefined) throw new Error(`a packet of IP protocol ${number} cannot be described`);
  const [src, dst] = isV6 ? [8, 24].map((at) => `[${ipv6Text(b, at)}]`) : [12, 16].map((at) => ipv4Text(b, at));
  const l4Bytes = b.subarray(l4, isV6 ? l4 + load16(b, 4) : load16(b, 2));
  const isNd = number === 58 && l4Bytes[0] >= 133 && l4Bytes[0] <= 136;
  const hasPorts = number !== 1 && number !== 58;
  const port = (at: number): string => (hasPorts ? `:${load16(l4Bytes, at)}` : '');
  const ttl = b[isV6 ? 7 : 8];
  const words = [isNd ? 'nd' : name, `${src}${port(0)}>${dst}${port(2)}`, ...detailsText(name, isNd, l4Bytes)];
  if (ttl !== (isNd ? 255 : 64)) words.push(`ttl=${ttl}`);
  return words.join(' ');
}

function detailsText(name: string, isNd: boolean, b: Uint8Array): string[] {
  if (isNd) return ndText(b);
  if (name === 'icmp' || name === 'icmpv6') return icmpText(name === 'icmpv6', b);
  if (name !== 'tcp') return quoted(b.subarray(name === 'udp' ? 8 : 12));
  const text = [...FLAGS].filter((_, bit) => b[13] & (1 << bit)).join('');
  const [seq, ack] = [load32(b, 4) >>> 0, load32(b, 8) >>> 0];
  const isUsual = usualNumbers(text).join('/') === `${seq}/${ack}`;
  return [text, ...(isUsual ? [] : [`${seq}/${ack}`]), ...quoted(b.subarray(4 * (b[12] >> 4)))];
}

function icmpText(isV6: boolean, b: Uint8Array): string[] {
  if (b[0] === (isV6 ? 128 : 8)) return ['echo', String(load16(b, 4)), ...quoted(b.subarray(8))];
  if (b[0] === (isV6 ? 129 : 0)) return ['reply', String(load16(b, 4)), ...quoted(b.subarray(8))];
  if (b.length === 8) return ['type', String(b[0])];
  return ['error', `${b[0]}/${b[1]}`, `{${ipText(b.subarray(8))}}`];
}

function ndText(b: Uint8Array): string[] {
  const kind = Object.keys(ND).find((key) => ND[key] === b[0])!;
  const target = b.length >= 24 ? [ipv6Text(b, 8)] : [];
  const isRouter = b[0] === 136 && (load16(b, 4) & ROUTER) !== 0;
  return [kind, ...target, ...(b.length >= 32 ? [macText(b, 26)] : []), ...(isRouter ? ['router'] : [])];
}

const quoted = (payload: Uint8Array): string[] =>
  payload.length === 0 ? [] : [`"${Buffer.from(payload).toString('latin1')}"`];

function macText(b: Uint8Array, at: number): string {
  const text = formatMacBytes(b, at);
  if (text === 'ff:ff:ff:ff:ff:ff') return 'ff';
  if (text === '00:00:00:00:00:00') return '00';
  return /^02:00:00:00:00:(?!ff|00)/.test(text) ? text.slice(15) : text;
}

const ipv4Text = (b: Uint8Array, at: number): string => formatIpv4(load32(b, at) >>> 0);
const ipv6Text = (b: Uint8Array, at: number): string =>
  formatIpv6(BigInt(`0x${Buffer.from(b.subarray(at, at + 16)).toString('hex')}`));
