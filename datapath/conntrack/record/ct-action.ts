/**
 * The ct action as words of a datapath program: what the tracker reads at `program[at + ...]`. Zero means "not given" throughout.
 */

export const CT_FLAGS = 0;
export const CT_ZONE = 1;
export const CT_MARK_VALUE = 2;
export const CT_MARK_MASK = 3;
/** Four words each, most significant first. */
export const CT_LABEL_VALUE = 4;
export const CT_LABEL_MASK = 8;
/** Port number of the helper: 0 none, 21 ftp, 69 tftp. */
export const CT_HELPER = 12;
export const CT_TIMEOUT_POLICY = 13;
/** Zero: no nat(); else CT_NAT_* flags. */
export const CT_NAT_FLAGS = 14;
/** Four words each; an IPv4 address stands in the first. */
export const CT_NAT_MIN_ADDR = 15;
export const CT_NAT_MAX_ADDR = 19;
export const CT_NAT_MIN_PORT = 23;
export const CT_NAT_MAX_PORT = 24;
export const CT_ACTION_WORDS = 25;

export const CT_COMMIT = 1;
export const CT_FORCE = 2;

export const CT_NAT = 1;
export const CT_NAT_SRC = 2;
export const CT_NAT_DST = 4;
export const CT_NAT_PERSISTENT = 8;
export const CT_NAT_HASH = 16;
export const CT_NAT_RANDOM = 32;
export const CT_NAT_IPV4 = 64;
export const CT_NAT_IPV6 = 128;
export const CT_NAT_PORTS = 256;

/** What `ct(...)` does, for who does not write the words himself. */
export interface CtAction {
  /** 0 unless given. */
  zone?: number;
  /** The connection of a new packet is stored. */
  commit?: boolean;
  /** It is stored even if the packet is a reply of one that is known, which ends. */
  force?: boolean;
  /** Value and mask. */
  mark?: readonly [value: number, mask: number];
  /** Value and mask, four words each, most significant first. */
  label?: readonly [value: readonly number[], mask: readonly number[]];
  /** Number of the port whose helper follows the connection: 21 FTP, 69 TFTP. */
  helper?: number;
  /** Number of the timeout policy that the connection gets; 0, unless given, is the default one. */
  timeoutPolicy?: number;
  nat?: CtNat;
}

/** What `nat(...)` does; without a direction, a connection is only translated as it was committed. */
export interface CtNat {
  direction?: 'src' | 'dst';
  /** Of the addresses; 4 unless given. */
  family?: 4 | 6;
  /** A range of addresses and one of ports; each has one member without a `max`. */
  minAddr?: bigint;
  maxAddr?: bigint;
  minPort?: number;
  maxPort?: number;
  persistent?: boolean;
  hash?: boolean;
  random?: boolean;
}

/** The words of an action: CT_ACTION_WORDS of them. */
export function ctWords(action: CtAction): Int32Array {
  const words = new Int32Array(CT_ACTION_WORDS);
  words[CT_FLAGS] = (action.commit || action.force ? CT_COMMIT : 0) | (action.force ? CT_FORCE : 0);
  words[CT_ZONE] = action.zone ?? 0;
  words.set(action.mark ?? [0, 0], CT_MARK_VALUE);
  if (action.label !== undefined) {
    words.set(action.label[0], CT_LABEL_VALUE);
    words.set(action.label[1], CT_LABEL_MASK);
  }
  words[CT_HELPER] = action.helper ?? 0;
  words[CT_TIMEOUT_POLICY] = action.timeoutPolicy ?? 0;
  if (action.nat !== undefined) putNat(words, action.nat);
  return words;
}

/** Writes what `nat(...)` does into the words of an action. */
export function putNat(words: Int32Array, nat: CtNat): void {
  let flags = CT_NAT;
  if (nat.direction === 'src') flags |= CT_NAT_SRC;
  if (nat.direction === 'dst') flags |= CT_NAT_DST;
  if (nat.persistent) flags |= CT_NAT_PERSISTENT;
  if (nat.hash) flags |= CT_NAT_HASH;
  if (nat.random) flags |= CT_NAT_RANDOM;
  if (nat.minAddr !== undefined) {
    flags |= nat.family === 6 ? CT_NAT_IPV6 : CT_NAT_IPV4;
    putAddress(words, CT_NAT_MIN_ADDR, nat.family, nat.minAddr);
    putAddress(words, CT_NAT_MAX_ADDR, nat.family, nat.maxAddr ?? nat.minAddr);
  }
  if (nat.minPort !== undefined) {
    flags |= CT_NAT_PORTS;
    words[CT_NAT_MIN_PORT] = nat.minPort;
    words[CT_NAT_MAX_PORT] = nat.maxPort ?? nat.minPort;
  }
  words[CT_NAT_FLAGS] = flags;
}

function putAddress(words: Int32Array, at: number, family: 4 | 6 | undefined, address: bigint): void {
  if (family !== 6) {
    words[at] = Number(BigInt.asIntN(32, address));
    return;
  }
  for (let i = 0; i < 4; i++) words[at + i] = Number(BigInt.asIntN(32, address >> BigInt(96 - 32 * i)));
}
