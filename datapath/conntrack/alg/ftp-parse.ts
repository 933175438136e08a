/**
 * FTP commands and replies that announce a data connection (RFC 959, RFC 2428): text in, address and port out. Like Open
 * vSwitch, this looks at the beginning of one segment only; a command spread over two is not seen. What may stand between the
 * words is as loose as there, since it decides which packets are invalid.
 */

/** More than the longest command with an IPv6 address; the last byte of what is looked at is a line's end at best. */
export const MAX_MESSAGE = 128;

export interface Announcement {
  /** The client announces where it listens (PORT, EPRT), or the server does (227, 229). */
  isActive: boolean;
  /** Words of the address, one or four; empty if only a port is told (229). */
  address: number[];
  port: number;
  /** Where the address stands in the message, and its text's size. */
  at: number;
  size: number;
  /** What stands between the numbers of an IPv4 address. */
  separator: ',' | '.';
}

const BYTE = '(0|[1-9]\\d{0,2})';
/** Behind the command's first space: four numbers of the address, two of the port. */
const SIX_NUMBERS = new RegExp(
  `^(PORT|227)[^ ]* \\D*(${BYTE},${BYTE},${BYTE},${BYTE}),(\\d{1,4})\\D(\\d{1,4})(?!\\d)`,
  'i',
);
const EPRT4 = new RegExp(`^EPRT[ \\t]+([!-/:-~])1\\1(${BYTE}\\.${BYTE}\\.${BYTE}\\.${BYTE})\\1(\\d{1,5})\\1`, 'i');
const EPRT6 = /^EPRT\D*2\D([0-9a-f:.]+)[\s\S](\d{1,6})/i;
const PASSIVE4 = /^229 [^\d]*(\d{1,5})(?!\d)/;
const PASSIVE6 = /^[^(]*\(\D*(\d{1,6})/;
const INTERESTING4 = /^(PORT|EPRT|227|229)/i;
const INTERESTING6 = /^EPRT|EXTENDED PASSIVE/i;

/** True if the message is one that announces a data connection, well or badly. */
export const isAnnouncement = (text: string, family: number): boolean =>
  (family === 4 ? INTERESTING4 : INTERESTING6).test(text);

/** What the message announces; null if nothing, 'bad' if it is meant to announce something but is malformed. */
export function parseFtp(text: string, family: number): Announcement | 'bad' | null {
  if (!isAnnouncement(text, family)) return null;
  const parsed = family === 4 ? parse4(text) : parse6(text);
  return parsed !== null && parsed.port <= 65535 ? parsed : 'bad';
}

function parse4(text: string): Announcement | null {
  const numbers = SIX_NUMBERS.exec(text);
  if (numbers !== null) {
    const port = bytesToNumber(numbers.slice(7, 9));
    return withAddress4(text, numbers[2], numbers.slice(3, 7), port, ',', /^p/i.test(text));
  }
  const extended = EPRT4.exec(text);
  if (extended !== null) return withAddress4(text, extended[2], extended.slice(3, 7), Number(extended[7]), '.', true);
  return passivePort(PASSIVE4.exec(text));
}

function parse6(text: string): Announcement | null {
  if (!/^EPRT/i.test(text)) return passivePort(PASSIVE6.exec(text));
  const extended = EPRT6.exec(text);
  const address = extended === null ? null : parseIpv6(extended[1]);
  if (extended === null || address === null) return null;
  const [whole, words, port] = extended;
  // It stands behind the family, which is a digit, too.
  const at = whole.length - port.length - 1 - words.length;
  return { isActive: true, address, port: Number(port), at, size: words.length, separator: '.' };
}

function withAddress4(
  text: string,
  address: string,
  numbers: readonly string[],
  port: number,
  separator: ',' | '.',
  isActive: boolean,
): Announcement | null {
  const word = bytesToNumber(numbers);
  if (Number.isNaN(word) || Number.isNaN(port)) return null;
  return { isActive, address: [word | 0], port, at: text.indexOf(address), size: address.length, separator };
}

function passivePort(found: RegExpExecArray | null): Announcement | null {
  if (found === null) return null;
  return { isActive: false, address: [], port: Number(found[1]), at: 0, size: 0, separator: '.' };
}

/** NaN if one is not a byte. */
function bytesToNumber(numbers: readonly string[]): number {
  return numbers.reduce((value, text) => (Number(text) > 255 ? Number.NaN : value * 256 + Number(text)), 0);
}

/** The text of an IPv4 address as FTP wants it. */
export function formatIpv4(word: number, separator: string): string {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(separator);
}

/** Four words, null if it is no IPv6 address. */
export function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left, right] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const groups =
    right === undefined
      ? left
      : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  if (groups.length !== 8 || groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  const numbers = groups.map((group) => Number.parseInt(group, 16));
  return [0, 2, 4, 6].map((i) => (numbers[i] << 16) | numbers[i + 1]);
}

/** The canonical text (RFC 5952). */
export function formatIpv6(words: ArrayLike<number>): string {
  const groups = Array.from({ length: 8 }, (_, i) => (i & 1 ? words[i >> 1] & 0xffff : words[i >> 1] >>> 16));
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.size < 2) return hex.join(':');
  return `${hex.slice(0, run.at).join(':')}::${hex.slice(run.at + run.size).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { at: number; size: number } {
  let best = { at: 0, size: 0 };
  for (let i = 0; i < groups.length; i++) {
    let size = 0;
    while (i + size < groups.length && groups[i + size] === 0) size++;
    if (size > best.size) best = { at: i, size };
  }
  return best;
}
