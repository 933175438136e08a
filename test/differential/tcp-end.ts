/**
 * One end of a TCP connection that is well-behaved: it counts what it sends, acknowledges what it hears, and answers to the address that it
 * sees.
 */
import { load32 } from '../../datapath/base/bytes.js';
import * as tcp from '../../datapath/wire/tcp.js';
import type { Segment } from '../helpers/segments.js';
import type { SegmentSay } from './talks.js';
import { destinationOf, type Endpoint, l4Of, sourceOf } from './wire.js';

const L3 = 14;

export class TcpEnd {
  /** What has been received of the other end. */
  got = 0;

  constructor(
    /** The switch's port that it is at. */
    readonly port: number,
    self: Endpoint,
    public peer: Endpoint,
    public seq: number,
  ) {
    this.self = { ...self };
  }

  readonly self: Endpoint;

  say(flags: string, text = ''): SegmentSay {
    const { self, peer, seq } = this;
    const payload = new TextEncoder().encode(text);
    const segment: Segment = {
      proto: 'tcp',
      src: self.address,
      dst: peer.address,
      sport: self.port,
      dport: peer.port,
      flags,
      seq,
      ack: flags.includes('A') ? this.got : 0,
      payload,
    };
    this.seq = (seq + payload.length + (/[SF]/.test(flags) ? 1 : 0)) | 0;
    return { port: this.port, segment };
  }

  /** The text of a frame that is for this end, null if it is for another. */
  hear(port: number, frame: Uint8Array): string | null {
    const to = destinationOf(frame);
    if (port !== this.port || to.port !== this.self.port) return null;
    const l4 = l4Of(frame);
    const flags = frame[l4 + 13];
    const isSyn = (flags & 2) !== 0;
    if (isSyn && (flags & 16) === 0) {
      // Whoever calls is answered, under the name that was called.
      this.peer = sourceOf(frame);
      this.self.address = to.address;
    }
    const text = new TextDecoder('latin1').decode(frame.subarray(l4 + tcp.headerSize(frame, l4), endOfIp(frame)));
    const end = (load32(frame, l4 + 4) + text.length + (isSyn || (flags & 1) !== 0 ? 1 : 0)) | 0;
    if (isSyn || ((end - this.got) | 0) > 0) this.got = end;
    return text;
  }
}

/** A short packet may be padded. */
function endOfIp(frame: Uint8Array): number {
  const isV6 = frame[L3] >>> 4 === 6;
  const at = L3 + (isV6 ? 4 : 2);
  return L3 + (isV6 ? 40 : 0) + ((frame[at] << 8) | frame[at + 1]);
}
