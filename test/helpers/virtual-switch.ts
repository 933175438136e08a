/** A whole switch in this process: the library's, with what tests ask of it. */
import type { Datapath } from '../../datapath/dp/datapath.js';
import type { Dpif } from '../../src/dpif/dpif.js';
import { MemorySwitch } from '../../src/switch/memory-switch.js';
import { composeFrame } from '../../src/text/frame.js';

export class VirtualSwitch extends MemorySwitch {
  /**
   * Ports p1, p2, ... have the OpenFlow numbers 1, 2, ... and, in the datapath, the same. `boundary` makes what stands between the datapath
   * and its user.
   */
  constructor(portCount: number, flows = '', boundary?: (datapath: Datapath) => Dpif) {
    super({ ports: Array.from({ length: portCount }, (_, i) => `p${i + 1}`), flows }, boundary);
  }

  /** Names of the ports a frame leaves by, in the order of their names. */
  route(port: string, frame: Uint8Array): string[] {
    this.send(port, frame);
    return Object.entries(this.takeSent()).flatMap(([name, frames]) => frames.map(() => name));
  }

  /** Packets that have hit the rule with that cookie. */
  hits(cookie: bigint): number {
    this.bridge.pushStats();
    for (const table of this.bridge.ofproto.tables)
      for (const rule of table) if (rule.cookie === cookie) return rule.packets;
    throw new Error(`no rule with cookie ${cookie}`);
  }
}

/** A frame from flow text: `tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2,tcp_flags=syn`; TTL as a host's unless said. */
export function frame(text: string, payload?: Uint8Array): Uint8Array {
  const ttl = /^(tcp|udp|icmp|ip)/.test(text) && !text.includes('nw_ttl') ? ',nw_ttl=64' : '';
  const whole = `dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,${text}${ttl}`;
  return composeFrame(whole, payload === undefined ? {} : { payload });
}
