/** Packets from flow text: `packet('tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80,tcp_flags=syn')` is such a packet. */
import type { ComposeOptions } from '../../datapath/keys/compose.js';
import { extract } from '../../datapath/keys/extract.js';
import { packetOf as bare, type Packet } from '../../datapath/packet/packet.js';
import { newKey } from '../../src/match/key.js';
import { composeFrame } from '../../src/text/frame.js';
import { parseMatch } from '../../src/text/match.js';

/** The flow key that the text describes: what it leaves open is zero. Fields of flow matches, `tcp` and its kin, no ports by name. */
export function keyOf(text: string): Int32Array {
  return parseMatch(text).key;
}

/** The bytes of a plausible Ethernet frame with those headers: right lengths and checksums, some payload. */
export const frame = (text: string, options?: ComposeOptions): Uint8Array => composeFrame(text, options);

/** A packet with memory of its own and headroom before it, with the frame's bytes and, of the text's metadata, the port. */
export function packet(text: string, options?: ComposeOptions & { inPort?: number }): Packet {
  return packetOf(frame(text, options), options?.inPort);
}

export const packetOf = (frame: Uint8Array, inPort = 1): Packet => Object.assign(bare(frame), { inPort });

/** The frame inside a packet; a copy. */
export const bytesOf = (p: Packet): Uint8Array => p.bytes.slice(p.start, p.start + p.size);

/** What extraction makes of a packet. */
export function extracted(p: Packet): Int32Array {
  const key = newKey();
  extract(p, key, 0);
  return key;
}
