/** Packets from flow text: `packet('tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80,tcp_flags=syn')` is such a packet. */
import { type ComposeOptions, compose } from '../../datapath/keys/compose.js';
import { extract } from '../../datapath/keys/extract.js';
import { Packet } from '../../datapath/packet/packet.js';
import { newKey } from '../../src/match/key.js';
import { parseMatch } from '../../src/text/match.js';

const HEADROOM = 128;

/** The flow key that the text describes: what it leaves open is zero. Fields of flow matches, `tcp` and its kin, no ports by name. */
export function keyOf(text: string): Int32Array {
  return parseMatch(text).key;
}

/** The bytes of a plausible Ethernet frame with those headers: right lengths and checksums, some payload. */
export function frame(text: string, options?: ComposeOptions): Uint8Array {
  return compose(keyOf(text), 0, options);
}

/** A packet with memory of its own and headroom before it, with the frame's bytes and, of the text's metadata, the port. */
export function packet(text: string, options?: ComposeOptions & { inPort?: number }): Packet {
  return packetOf(frame(text, options), options?.inPort);
}

export function packetOf(bytes: Uint8Array, inPort = 1): Packet {
  const p = new Packet();
  p.bytes = new Uint8Array(HEADROOM + bytes.length + HEADROOM);
  p.bytes.set(bytes, HEADROOM);
  p.start = HEADROOM;
  p.size = bytes.length;
  p.inPort = inPort;
  return p;
}

/** The frame inside a packet; a copy. */
export const bytesOf = (p: Packet): Uint8Array => p.bytes.slice(p.start, p.start + p.size);

/** What extraction makes of a packet. */
export function extracted(p: Packet): Int32Array {
  const key = newKey();
  extract(p, key, 0);
  return key;
}
