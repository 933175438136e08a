/** A flow program that commits what port 1 sends in zone 5 and looks at port 3 in zone 6, and the packets of its two hosts. */
import type { WatchEvent } from '../../src/inspect/watch-event.js';
import { frame } from './virtual-switch.js';

export const TWO_ZONES = `
priority=50,ct_state=-trk,ip,in_port=1,actions=ct(commit,zone=5,table=1)
priority=50,ct_state=-trk,ip,in_port=2,actions=ct(zone=5,table=1)
priority=50,ct_state=-trk,ip,in_port=3,actions=ct(zone=6,table=1)
table=1,ct_state=-inv,in_port=1,actions=2
table=1,ct_state=-inv,in_port=2,actions=1
`;

export const tcp = (from: number, flags: string): Uint8Array =>
  frame(`tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${from},tp_dst=80,tcp_flags=${flags}`);
export const answer = (to: number, flags: string): Uint8Array =>
  frame(`tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=80,tp_dst=${to},tcp_flags=${flags}`);
export const udp = (from: number): Uint8Array => frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${from},tp_dst=53`);

/** What a reading of `ctswitch/ct-watch-read` brings. */
export interface Watched {
  events: WatchEvent[];
  lost: number;
}
