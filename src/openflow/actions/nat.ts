/** NXAST_NAT: address translation inside ct(). Only what the range_present bits name is there, in their order. */
import type { ActionOf } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import { doc, nx, type PlainBody, type Rows } from './row.js';

const FLAG = { src: 1, dst: 2, persistent: 4, hash: 8, random: 16 } as const;
const ALL_FLAGS = 31;

const V4_MIN = 1;
const V4_MAX = 2;
const V6_MIN = 4;
const V6_MAX = 8;
const PORT_MIN = 16;
const PORT_MAX = 32;
const V4 = V4_MIN | V4_MAX;
const V6 = V6_MIN | V6_MAX;
const PORTS = PORT_MIN | PORT_MAX;

type Nat = ActionOf<'nat'>;

/** Asks for nothing but the translation that the connection has. */
export const isPlainNat = (nat: Nat): boolean =>
  nat.direction === undefined && !nat.persistent && !nat.hash && !nat.random && nat.family === undefined;

const bad = (why: string): OpenFlowError => new OpenFlowError('OFPBAC_BAD_ARGUMENT', why);

function readNat(r: Reader): Nat {
  r.skip(2);
  const flags = r.u16();
  const present = r.u16();
  checkFlags(flags, present);
  const nat: Nat = {
    type: 'nat',
    ...(flags & FLAG.src ? { direction: 'src' as const } : flags & FLAG.dst ? { direction: 'dst' as const } : {}),
    persistent: (flags & FLAG.persistent) !== 0,
    hash: (flags & FLAG.hash) !== 0,
    random: (flags & FLAG.random) !== 0,
  };
  readAddresses(r, present, nat);
  readPorts(r, present, nat);
  return nat;
}

function checkFlags(flags: number, present: number): void {
  if ((flags & ~ALL_FLAGS) !== 0 || (flags & 3) === 3) throw bad('nat flags');
  if ((flags & FLAG.hash) !== 0 && (flags & FLAG.random) !== 0) throw bad('nat hash and random');
  if ((present & V4) !== 0 && (present & V6) !== 0) throw bad('nat of both address families');
  if ((present & PORTS) !== 0 && (present & (V4 | V6)) === 0) throw bad('nat to ports without an address');
}

/** What is announced has to be there. */
function announced(r: Reader, size: number): bigint {
  if (r.remaining < size) throw bad('nat is too short');
  return r.big(size);
}

function readAddresses(r: Reader, present: number, nat: Nat): void {
  const isV6 = (present & V6) !== 0;
  const size = isV6 ? 16 : 4;
  const [minBit, maxBit] = isV6 ? [V6_MIN, V6_MAX] : [V4_MIN, V4_MAX];
  if ((present & minBit) !== 0) {
    nat.family = isV6 ? 6 : 4;
    nat.minAddr = announced(r, size);
    if (nat.minAddr === 0n) throw bad('nat from address 0');
  }
  if ((present & maxBit) === 0) return;
  nat.maxAddr = announced(r, size);
  if (nat.minAddr === undefined || nat.maxAddr < nat.minAddr) throw bad('nat address range');
}

function readPorts(r: Reader, present: number, nat: Nat): void {
  if ((present & PORT_MIN) !== 0) {
    nat.minPort = Number(announced(r, 2));
    if (nat.minPort === 0) throw bad('nat from port 0');
  }
  if ((present & PORT_MAX) === 0) return;
  nat.maxPort = Number(announced(r, 2));
  if (nat.minPort === undefined || nat.maxPort < nat.minPort) throw bad('nat port range');
}

function writeNat(w: Writer, nat: Nat): void {
  w.zeros(2);
  w.u16(
    (nat.direction ? FLAG[nat.direction] : 0) |
      (nat.persistent ? FLAG.persistent : 0) |
      (nat.hash ? FLAG.hash : 0) |
      (nat.random ? FLAG.random : 0),
  );
  const presentAt = w.size;
  w.u16(0);
  w.patch16(presentAt, putAddresses(w, nat) | putPorts(w, nat));
}

/** A range from address 0 is no range at all. Returns the bits of what it wrote. */
function putAddresses(w: Writer, { family, minAddr = 0n, maxAddr = 0n }: Nat): number {
  if (family === undefined || minAddr === 0n) return 0;
  const size = family === 6 ? 16 : 4;
  const hasMax = maxAddr > minAddr;
  w.big(minAddr, size);
  if (hasMax) w.big(maxAddr, size);
  if (family === 6) return hasMax ? V6 : V6_MIN;
  return hasMax ? V4 : V4_MIN;
}

function putPorts(w: Writer, { minPort = 0, maxPort = 0 }: Nat): number {
  if (minPort === 0) return 0;
  w.u16(minPort);
  if (maxPort <= minPort) return PORT_MIN;
  w.u16(maxPort);
  return PORT_MIN | PORT_MAX;
}

const NAT: PlainBody<Nat> = { read: readNat, write: writeNat };

export const NAT_ROWS: Rows<'nat'> = {
  nat: {
    encodings: [nx(36, -16, NAT)],
    place: null,
    docs: [
      doc(
        'nat, nat(src=IP-IP:PORT-PORT,random), nat(dst=...)',
        null,
        'inside ct, sent as NX 36: translates addresses, for a new connection as said, else as it was begun',
      ),
    ],
  },
};
