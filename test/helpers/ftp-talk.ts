/** An FTP control connection as the tracker sees it, line by line. */
import { HELPER_FTP } from '../../datapath/conntrack/record/extra.js';
import type { Packet } from '../../datapath/packet/packet.js';
import * as tcp from '../../datapath/wire/tcp.js';
import { FragmentTracker } from './fragment-tracker.js';
import { type Segment, segment } from './segments.js';
import type { Action } from './tracker.js';

/** A control connection in zone 1: committed, established, perhaps translated. */
export class FtpTalk {
  readonly tracker = new FragmentTracker();
  private readonly next = [100, 200];

  constructor(
    readonly client: string,
    readonly server: string,
    readonly nat: Action['nat'],
    readonly seen: { client: string; server: string } = { client, server },
  ) {
    const commit: Action = {
      commit: true,
      zone: 1,
      helper: HELPER_FTP,
      mark: [5, -1],
      ...(nat === undefined ? {} : { nat }),
    };
    this.tracker.run(segment(this.from(0, 'S')), commit);
    this.say(1, '', 'SA');
    this.say(0, '', 'A');
  }

  /** What the end sends, before translation. */
  from(way: number, flags: string, payload = ''): Segment {
    const ends =
      way === 0
        ? { src: this.client, dst: this.server, sport: 40_000, dport: 21 }
        : { src: this.seen.server, dst: this.seen.client, sport: 21, dport: 40_000 };
    const s: Segment = {
      proto: 'tcp',
      ...ends,
      flags,
      seq: this.next[way],
      ack: flags.includes('A') ? this.next[way ^ 1] : 0,
      payload,
    };
    this.next[way] += payload.length + (flags.includes('S') ? 1 : 0);
    return s;
  }

  say(way: number, payload: string, flags = 'PA'): Packet {
    return this.tracker.run(segment(this.from(way, flags, payload)), this.follow);
  }

  /** One side has read or sent less or more than the other: the numbers that it uses from now on. */
  shift(way: number, amount: number): void {
    this.next[way] += amount;
  }

  get follow(): Action {
    return { zone: 1, ...(this.nat === undefined ? {} : { nat: {} }) };
  }

  get textOf(): (p: Packet) => string {
    return (p) => String.fromCharCode(...p.bytes.subarray(p.l4 + tcp.headerSize(p.bytes, p.l4), p.start + p.size));
  }
}
