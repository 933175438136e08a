/** Ethernet, IPv4 and IPv6 addresses and their masks as text (the canonical IPv6 form is RFC 5952's, as inet_ntop writes it). */

const MAC =
  /^([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})$/;

export function parseMac(text: string): bigint | null {
  const groups = MAC.exec(text);
  if (groups === null) return null;
  let value = 0;
  for (let i = 1; i <= 6; i++) value = value * 256 + Number.parseInt(groups[i]!, 16);
  return BigInt(value);
}

export function formatMac(value: bigint): string {
  const digits = value.toString(16).padStart(12, '0');
  return `${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}:${digits.slice(6, 8)}:${digits.slice(8, 10)}:${digits.slice(10)}`;
}

export function formatMacBytes(bytes: Uint8Array, at = 0): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Null unless four decimal numbers. */
export function parseIpv4(text: string): number | null {
  const groups = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (groups === null) return null;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(groups[i]);
    if (part > 255) return null;
    value = value * 256 + part;
  }
  return value;
}

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

export function parseIpv6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = ipv6Groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? ipv6Groups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  let value = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail]) value = (value << 16n) | BigInt(group);
  return value;
}

/** The 16-bit groups of half an address; the last half may end in an IPv4 address. */
function ipv6Groups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = last && i === parts.length - 1 ? parseIpv4(part) : null;
    if (ipv4 === null) return null;
    groups.push(ipv4 >>> 16, ipv4 & 0xffff);
  }
  return groups;
}

export function formatIpv6(value: bigint): string {
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn));
  const run = longestZeroRun(groups);
  if (run.start === 0 && (run.count === 6 || (run.count === 5 && groups[5] === 0xffff)))
    return `::${run.count === 5 ? 'ffff:' : ''}${formatIpv4(Number(value & 0xffffffffn))}`;
  const hex = groups.map((group) => group.toString(16));
  if (run.count < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.count).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let best = { start: -1, count: 0 };
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > best.count) best = { start: i, count: end - i };
    i = end;
  }
  return best;
}

/** Number of leading ones if the mask is a prefix of ones in a field of `bits`, else -1. */
export function prefixLength(mask: bigint, bits: number): number {
  const inverted = ~mask & ((1n << BigInt(bits)) - 1n);
  if ((inverted & (inverted + 1n)) !== 0n) return -1;
  return inverted === 0n ? bits : bits - inverted.toString(2).length;
}

export function prefixMask(length: number, bits: number): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  return all ^ (all >> BigInt(length));
}

/** "address", "address/24" or "address/mask" in the form of OVS; `mask` is not all ones or zero for it to show. */
export function formatIpv4Masked(value: number, mask: number): string {
  const address = formatIpv4(value);
  const length = prefixLength(BigInt(mask >>> 0), 32);
  if (length === 32) return address;
  return `${address}/${length < 0 ? formatIpv4(mask) : length}`;
}

export function formatIpv6Masked(value: bigint, mask: bigint): string {
  const address = formatIpv6(value);
  const length = prefixLength(mask, 128);
  if (length === 128) return address;
  return `${address}/${length < 0 ? formatIpv6(mask) : length}`;
}
