/**
 * A packet: some bytes of a larger memory, a few offsets into it, and the metadata that travels beside it.
 *
 *     bytes  |..headroom..|Ethernet|VLAN|IPv4|TCP|payload|..room behind..|
 *                         ^start        ^l3  ^l4         ^start + size
 *
 * The memory is a port's receive ring or a slab of the pool; adding a header moves `start`, not the bytes. All offsets
 * are absolute indices into `bytes`. A packet has one owner at a time. All fields are numbers (or the one Uint8Array)
 * and are initialised, so that V8 keeps one hidden class.
 */

/** Values of `offload`, as the virtio network header has them (virtio 1.2, 5.1.6). */
export const OFFLOAD_NONE = 0;
/** The L4 checksum field holds only the pseudo-header sum; sum from `csumStart` and store at `csumStart + csumOffset`. */
export const OFFLOAD_NEEDS_CSUM = 1;
/** The kernel has verified the checksum. */
export const OFFLOAD_DATA_VALID = 2;

/** Values of `gsoType` (virtio 1.2, 5.1.6). */
export const GSO_NONE = 0;
export const GSO_TCPV4 = 1;
export const GSO_UDP = 3;
export const GSO_TCPV6 = 4;
export const GSO_UDP_L4 = 5;
export const GSO_ECN = 0x80;

const NO_BYTES = new Uint8Array(0);

/** See above; made by ports and pools only, which reuse the objects. Everything that is not an offset is in host byte order. */
export class Packet {
  bytes: Uint8Array = NO_BYTES;
  /** Native address of `bytes[0]`, 0 if the memory has none that may be given to the kernel. */
  mem = 0;
  /** Where the Ethernet header begins in `bytes`. */
  start = 0;
  /** Bytes of the frame, without checksum (FCS). */
  size = 0;
  /** Slot of the pool that owns the memory, -1 if it is borrowed (from a receive ring) until the batch is done. */
  poolSlot = -1;

  /**
   * Offsets set by extraction, -1 when that layer is absent. `l2_5` is the first MPLS label; `l3` is what stands behind the link
   * layer, whole or not; `l4` is only set behind a whole IP header, and the transport header there may be cut short.
   */
  l2_5 = -1;
  l3 = -1;
  l4 = -1;
  /** Ethernet padding: bytes behind the end of the IP packet. */
  l2Pad = 0;

  /** Virtio offload state: see OFFLOAD_* and GSO_*. `csumStart` is absolute in `bytes`. */
  offload = OFFLOAD_NONE;
  csumStart = 0;
  csumOffset = 0;
  gsoType = GSO_NONE;
  gsoSize = 0;
  gsoHeaderSize = 0;

  /** Metadata. `inPort` is the datapath port number. */
  inPort = 0;
  /** `recirc_id` of the key, 0 until it is recirculated. */
  recircId = 0;
  /** How often it has been recirculated (bounded, see dp/input). */
  depth = 0;
  dpHash = 0;
  skbPriority = 0;
  mark = 0;
  /** Length it is to be cut to when next output; 0 = whole. */
  truncate = 0;

  /** CT_* bits (ct-state.ts), 0 while untracked; the fields that follow mean nothing then. */
  ctState = 0;
  ctZone = 0;
  ctMark = 0;
  ctLabel0 = 0;
  ctLabel1 = 0;
  ctLabel2 = 0;
  ctLabel3 = 0;
  /** Original-direction tuple as matches on ct_nw_src etc. see it: family 0 (none), 4 or 6; IPv4 in the word 0. */
  ctFamily = 0;
  ctProto = 0;
  ctSrc0 = 0;
  ctSrc1 = 0;
  ctSrc2 = 0;
  ctSrc3 = 0;
  ctDst0 = 0;
  ctDst1 = 0;
  ctDst2 = 0;
  ctDst3 = 0;
  ctTpSrc = 0;
  ctTpDst = 0;
  /** Connection handle found by the last pass through the tracker, -1 if none. */
  conn = -1;

  /** Number for observers; clones share it. */
  id = 0;
  /** 1 once a port has it in its queue: until the flush its bytes and offsets must stay as they are (change a clone). */
  queued = 0;
}

/** Forgets every ct_* value: the packet is untracked again. */
export function clearConntrack(p: Packet): void {
  p.ctState = 0;
  p.ctZone = 0;
  p.ctMark = 0;
  p.ctLabel0 = p.ctLabel1 = p.ctLabel2 = p.ctLabel3 = 0;
  p.ctFamily = p.ctProto = 0;
  p.ctSrc0 = p.ctSrc1 = p.ctSrc2 = p.ctSrc3 = 0;
  p.ctDst0 = p.ctDst1 = p.ctDst2 = p.ctDst3 = 0;
  p.ctTpSrc = p.ctTpDst = 0;
  p.conn = -1;
}

/** Resets everything but the memory; called when a packet is received or made. */
export function resetMetadata(p: Packet): void {
  p.l2_5 = p.l3 = p.l4 = -1;
  p.l2Pad = 0;
  p.offload = OFFLOAD_NONE;
  p.csumStart = p.csumOffset = 0;
  p.gsoType = GSO_NONE;
  p.gsoSize = p.gsoHeaderSize = 0;
  p.inPort = p.recircId = p.depth = p.dpHash = p.skbPriority = p.mark = p.truncate = 0;
  p.id = p.queued = 0;
  clearConntrack(p);
}

/** Room in front of a packet's bytes for headers that are pushed, and behind them. */
export const HEADROOM = 128;
const TAILROOM = 128;

/** Gives a packet memory of its own with the bytes of a frame, as if it had just been received. The frame is copied. */
export function putFrame(p: Packet, frame: Uint8Array): void {
  resetMetadata(p);
  p.bytes = new Uint8Array(HEADROOM + frame.length + TAILROOM);
  p.bytes.set(frame, HEADROOM);
  p.mem = 0;
  p.start = HEADROOM;
  p.size = frame.length;
  p.poolSlot = -1;
}

/** A packet with the bytes of a frame in memory of its own. Its layer offsets are not known before extraction (keys/extract.ts). @cold */
export function packetOf(frame: Uint8Array): Packet {
  const packet = new Packet();
  putFrame(packet, frame);
  return packet;
}

/** A packet whose memory is the frame itself, without room around it: to be looked at or sent, not to be given headers. @cold */
export function lentPacket(frame: Uint8Array): Packet {
  const packet = new Packet();
  packet.bytes = frame;
  packet.size = frame.length;
  return packet;
}

/** Copies all metadata and offload state (not the memory, not the offsets' base): `to.start` must equal `from.start`. */
export function copyMetadata(to: Packet, from: Packet): void {
  to.l2_5 = from.l2_5;
  to.l3 = from.l3;
  to.l4 = from.l4;
  to.l2Pad = from.l2Pad;
  to.offload = from.offload;
  to.csumStart = from.csumStart;
  to.csumOffset = from.csumOffset;
  to.gsoType = from.gsoType;
  to.gsoSize = from.gsoSize;
  to.gsoHeaderSize = from.gsoHeaderSize;
  to.inPort = from.inPort;
  to.recircId = from.recircId;
  to.depth = from.depth;
  to.dpHash = from.dpHash;
  to.skbPriority = from.skbPriority;
  to.mark = from.mark;
  to.truncate = from.truncate;
  to.id = from.id;
  copyConntrack(to, from);
}

/** Copies every ct_* value. */
export function copyConntrack(to: Packet, from: Packet): void {
  to.ctState = from.ctState;
  to.ctZone = from.ctZone;
  to.ctMark = from.ctMark;
  to.ctLabel0 = from.ctLabel0;
  to.ctLabel1 = from.ctLabel1;
  to.ctLabel2 = from.ctLabel2;
  to.ctLabel3 = from.ctLabel3;
  to.ctFamily = from.ctFamily;
  to.ctProto = from.ctProto;
  to.ctSrc0 = from.ctSrc0;
  to.ctSrc1 = from.ctSrc1;
  to.ctSrc2 = from.ctSrc2;
  to.ctSrc3 = from.ctSrc3;
  to.ctDst0 = from.ctDst0;
  to.ctDst1 = from.ctDst1;
  to.ctDst2 = from.ctDst2;
  to.ctDst3 = from.ctDst3;
  to.ctTpSrc = from.ctTpSrc;
  to.ctTpDst = from.ctTpDst;
  to.conn = from.conn;
}
