/**
 * Notifications of the kernel about interfaces over a netlink socket (netlink(7), rtnetlink(7)): bytes -> events. Numbers are in the byte
 * order of the machine, which is little-endian wherever Node runs.
 */

/** An interface as it was when the kernel spoke of it. */
export interface LinkEvent {
  /** `gone`: deleted, or moved to another network namespace. */
  readonly kind: 'seen' | 'gone';
  readonly ifindex: number;
  readonly name: string;
  readonly adminUp: boolean;
  readonly linkUp: boolean;
  /** 0 if the message did not say. */
  readonly mtu: number;
  /** Six bytes; null if the message did not say, or the interface is no Ethernet one. */
  readonly mac: Uint8Array | null;
}

/** struct nlmsghdr, struct ifinfomsg, struct rtattr. */
const HEADER_SIZE = 16;
const INFO_SIZE = 16;
const ATTRIBUTE_SIZE = 4;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const AF_UNSPEC = 0;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
/** The upper two bits of an attribute's type are flags. */
const TYPE_BITS = 0x3fff;

const aligned = (size: number): number => (size + 3) & ~3;

/**
 * The events of one datagram, in their order. What is not about interfaces is passed over, as are messages of family AF_BRIDGE, whose
 * DELLINK only says that an interface has left a bridge. Null if a message or an attribute is longer than what holds it.
 */
export function parseLinkMessages(bytes: Uint8Array): LinkEvent[] | null {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: LinkEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes.length - at < HEADER_SIZE) return null;
    const size = data.getUint32(at, true);
    if (size < HEADER_SIZE || size > bytes.length - at) return null;
    const type = data.getUint16(at + 4, true);
    if (type === RTM_NEWLINK || type === RTM_DELLINK) {
      const event = linkEvent(bytes, data, at + HEADER_SIZE, at + size, type);
      if (event === 'broken') return null;
      if (event !== 'other') events.push(event);
    }
    at += aligned(size);
  }
  return events;
}

function linkEvent(
  bytes: Uint8Array,
  data: DataView,
  at: number,
  end: number,
  type: number,
): LinkEvent | 'broken' | 'other' {
  if (end - at < INFO_SIZE) return 'broken';
  if (data.getUint8(at) !== AF_UNSPEC) return 'other';
  const flags = data.getUint32(at + 8, true);
  const found = attributes(bytes, data, at + INFO_SIZE, end);
  if (found === null) return 'broken';
  return {
    kind: type === RTM_NEWLINK ? 'seen' : 'gone',
    ifindex: data.getInt32(at + 4, true),
    adminUp: (flags & IFF_UP) !== 0,
    linkUp: (flags & IFF_RUNNING) !== 0,
    ...found,
  };
}

type Attributes = Pick<LinkEvent, 'name' | 'mtu' | 'mac'>;

function attributes(bytes: Uint8Array, data: DataView, from: number, end: number): Attributes | null {
  const found: { -readonly [K in keyof Attributes]: Attributes[K] } = { name: '', mtu: 0, mac: null };
  for (let at = from; at < end; ) {
    if (end - at < ATTRIBUTE_SIZE) return null;
    const size = data.getUint16(at, true);
    if (size < ATTRIBUTE_SIZE || size > end - at) return null;
    const value = bytes.subarray(at + ATTRIBUTE_SIZE, at + size);
    const type = data.getUint16(at + 2, true) & TYPE_BITS;
    if (type === IFLA_IFNAME) found.name = textOf(value);
    else if (type === IFLA_MTU && value.length === 4) found.mtu = data.getUint32(at + ATTRIBUTE_SIZE, true);
    else if (type === IFLA_ADDRESS && value.length === 6) found.mac = value.slice();
    at += aligned(size);
  }
  return found;
}

const decoder = new TextDecoder();

/** Up to the closing zero. */
function textOf(value: Uint8Array): string {
  const zero = value.indexOf(0);
  return decoder.decode(zero < 0 ? value : value.subarray(0, zero));
}
