/**
 * Which actions a set of actions can hold (write_actions, buckets of groups), and what they are in it: those that come first, in an
 * order of their own, those that rewrite, in the order written, and those that end it, of which one is run.
 */
import type { ActionType } from './action-types.js';

export type SetPlace = 'first' | 'rewrite' | 'final' | null;

export const SET_PLACES: Readonly<Record<ActionType, SetPlace>> = {
  output: 'final',
  output_reg: null,
  output_trunc: null,
  controller: null,
  enqueue: null,
  group: 'final',
  resubmit: 'final',
  set_field: 'rewrite',
  load: 'rewrite',
  move: 'rewrite',
  push: null,
  pop: null,
  set_vlan_vid: 'rewrite',
  set_vlan_pcp: 'rewrite',
  strip_vlan: 'first',
  push_vlan: 'first',
  push_mpls: 'first',
  pop_mpls: 'first',
  set_mpls_label: 'rewrite',
  set_mpls_tc: 'rewrite',
  set_mpls_ttl: 'rewrite',
  dec_mpls_ttl: 'first',
  set_eth_src: 'rewrite',
  set_eth_dst: 'rewrite',
  set_ipv4_src: 'rewrite',
  set_ipv4_dst: 'rewrite',
  set_ip_dscp: 'rewrite',
  set_ip_ecn: 'rewrite',
  set_ip_ttl: 'rewrite',
  set_l4_src_port: 'rewrite',
  set_l4_dst_port: 'rewrite',
  set_tunnel: 'rewrite',
  set_queue: 'rewrite',
  pop_queue: null,
  dec_ttl: 'first',
  exit: null,
  note: null,
  ct: 'final',
  nat: null,
  ct_clear: 'final',
  conjunction: null,
};
