/**
 * Where a range of addresses and ports leaves a choice, it falls by a hash of each switch's own, or by chance: what is chosen is
 * made alike before it is compared, once it is sure that it was allowed. A choice is allowed if it lies in the range, stays with its
 * connection, and is no other connection's to the same server.
 */
import type { Blur } from './session.js';
import { destinationOf, type Endpoint, l4Of, sourceOf } from './wire.js';

export interface Range {
  addresses: readonly string[];
  /** Null: the port is kept while it is free. */
  ports: readonly [number, number] | null;
  /** One source always gets the same address. */
  isPersistent: boolean;
}

const L3 = 14;
const CHOSEN = 'CHOSEN';
const text = ({ address, port }: Endpoint): string => `${address} ${port}`;

/** Source addresses chosen of a range for packets that leave by port 2; each conversation is one connection. */
export class SourceRange implements Blur {
  private readonly byTalk = new Map<number, string>();
  /** Choice and server to conversation. */
  private readonly taken = new Map<string, number>();
  private readonly byHost = new Map<string, string>();

  constructor(
    private readonly range: Range,
    /** Addresses and port of the client that a conversation is of. */
    private readonly clientOf: (talk: number) => Endpoint,
  ) {}

  frame(port: number, hex: string, talk: number): string {
    if (port !== 2) return hex;
    const frame = new Uint8Array(Buffer.from(hex, 'hex'));
    const chosen = sourceOf(frame);
    const client = this.clientOf(talk);
    // Not translated: nothing was free.
    if (text(chosen) === text(client)) return hex;
    return this.fault(frame, chosen, client, talk) ?? masked(frame);
  }

  private fault(frame: Uint8Array, chosen: Endpoint, { address, port }: Endpoint, talk: number): string | null {
    const { addresses, ports, isPersistent } = this.range;
    const told = `${text(chosen)} for conversation ${talk}`;
    if (!addresses.includes(chosen.address)) return `! ${told} is not in the range`;
    if (ports !== null && (chosen.port < ports[0] || chosen.port > ports[1]))
      return `! the port of ${told} is not in the range`;
    if (ports === null && chosen.port !== port && !this.isTaken(frame, { address: chosen.address, port }, talk))
      return `! the port of ${told} is another although its own was free`;
    const before = this.byTalk.get(talk) ?? text(chosen);
    if (before !== text(chosen)) return `! ${told} was ${before} before`;
    if (this.isTaken(frame, chosen, talk)) return `! ${told} is another's`;
    if (isPersistent && (this.byHost.get(address) ?? chosen.address) !== chosen.address)
      return `! ${told} is not the host's`;
    this.byTalk.set(talk, text(chosen));
    this.byHost.set(address, chosen.address);
    this.taken.set(slot(frame, chosen), talk);
    return null;
  }

  private isTaken(frame: Uint8Array, chosen: Endpoint, talk: number): boolean {
    return (this.taken.get(slot(frame, chosen)) ?? talk) !== talk;
  }

  connection(line: string): string {
    // Only what is in the range is a choice.
    return line.replace(
      /(reply=\(src=[^,]*,dst=)([^,]*),(sport=\d+),dport=\d+/,
      (whole, front: string, address: string, sport: string) =>
        this.range.addresses.includes(address) ? `${front}${CHOSEN},${sport},${CHOSEN}` : whole,
    );
  }
}

/** One protocol, one server, one choice. */
const slot = (frame: Uint8Array, chosen: Endpoint): string =>
  `${frame[L3] >>> 4 === 6 ? frame[L3 + 6] : frame[L3 + 9]} ${text(destinationOf(frame))} ${text(chosen)}`;

/** Without the source and the checksums that depend on it. */
function masked(frame: Uint8Array): string {
  const isV6 = frame[L3] >>> 4 === 6;
  const l4 = l4Of(frame);
  const proto = isV6 ? frame[L3 + 6] : frame[L3 + 9];
  frame.fill(0, ...((isV6 ? [L3 + 8, L3 + 24] : [L3 + 12, L3 + 16]) as [number, number]));
  if (!isV6) frame.fill(0, L3 + 10, L3 + 12);
  frame.fill(0, l4, l4 + 2);
  const checksum = l4 + (proto === 6 ? 16 : 6);
  frame.fill(0, checksum, checksum + 2);
  return Buffer.from(frame).toString('hex');
}
