/**
 * OpenFlow actions as plain objects: what the codec reads and writes, text parses and prints, ofproto checks and xlate runs.
 *
 * Values of fields are bigint in every width. Ports are OVS's canonical 16-bit numbers (OpenFlow 1.0's: OFPP_LOCAL is 0xfffe);
 * only the codec knows the 32-bit form of OpenFlow 1.1 and later. `type` is the action's name in ovs-actions(7); aliases are the text's
 * business.
 */
import type { FieldName } from '../match/fields.js';

/** field[start..start + bits - 1]; start 0 is the least significant bit. */
export interface Subfield {
  field: FieldName;
  start: number;
  bits: number;
}

/** One action. Numbers without a comment are those of the wire: Ethernet types, DSCP values, ports of TCP and UDP, lengths in bytes. */
export type Action =
  | { type: 'output'; port: number; maxLen?: number }
  | { type: 'output_reg'; src: Subfield; maxLen: number }
  | { type: 'output_trunc'; port: number; maxLen: number }
  | {
      type: 'controller';
      maxLen: number;
      reason: number;
      controllerId: number;
      userdata?: Uint8Array;
      pause?: boolean;
      meterId?: number;
    }
  | { type: 'enqueue'; port: number; queue: number }
  | { type: 'group'; group: number }
  | { type: 'resubmit'; port: number; table: number; withCt: boolean } // port 0xfff8 = in_port, table 255 = current
  // `mask` is that of the TLV: all ones of the value's bytes where there is none. load2: came as NXAST_REG_LOAD2, and goes so
  | { type: 'set_field'; field: FieldName; value: bigint; mask: bigint; load2?: true }
  | { type: 'load'; dst: Subfield; value: bigint } // NXAST_REG_LOAD: printed "load:", same effect as set_field
  | { type: 'move'; src: Subfield; dst: Subfield }
  | { type: 'push'; src: Subfield }
  | { type: 'pop'; dst: Subfield }
  | { type: 'set_vlan_vid'; vid: number; pushIfMissing: boolean }
  | { type: 'set_vlan_pcp'; pcp: number; pushIfMissing: boolean }
  | { type: 'strip_vlan' }
  | { type: 'push_vlan'; ethertype: number }
  | { type: 'push_mpls'; ethertype: number } // 0x8847 or 0x8848
  | { type: 'pop_mpls'; ethertype: number } // what the packet is then
  | { type: 'set_mpls_label'; label: number }
  | { type: 'set_mpls_tc'; tc: number }
  | { type: 'set_mpls_ttl'; ttl: number }
  | { type: 'dec_mpls_ttl' }
  | { type: 'set_eth_src'; mac: bigint } // mod_dl_src and its kin: OpenFlow 1.0's own actions
  | { type: 'set_eth_dst'; mac: bigint }
  | { type: 'set_ipv4_src'; address: number }
  | { type: 'set_ipv4_dst'; address: number }
  | { type: 'set_ip_dscp'; dscp: number } // as the whole tos byte, ECN bits zero
  | { type: 'set_ip_ecn'; ecn: number }
  | { type: 'set_ip_ttl'; ttl: number }
  | { type: 'set_l4_src_port'; port: number }
  | { type: 'set_l4_dst_port'; port: number }
  | { type: 'set_tunnel'; id: bigint; wide: boolean }
  | { type: 'set_queue'; queue: number }
  | { type: 'pop_queue' }
  | { type: 'dec_ttl'; ids: number[] } // controller ids; [0] is the plain form
  | { type: 'exit' }
  | { type: 'note'; data: Uint8Array }
  | {
      type: 'ct';
      commit: boolean;
      force: boolean;
      zone: number | Subfield;
      table?: number;
      alg: number; // 0, 21 ftp, 69 tftp
      exec: Action[]; // set_field, load, move on ct_mark and ct_label; at most one nat
    }
  | {
      type: 'nat';
      direction?: 'src' | 'dst';
      persistent: boolean;
      hash: boolean;
      random: boolean;
      family?: 4 | 6;
      minAddr?: bigint;
      maxAddr?: bigint;
      minPort?: number;
      maxPort?: number;
    }
  | { type: 'ct_clear' }
  | { type: 'conjunction'; id: number; clause: number; clauses: number }; // clauses count from 0

/** The names of all actions: the keys of every table with a row for each. */
export type ActionType = Action['type'];
/** The action of that name. */
export type ActionOf<T extends ActionType> = Extract<Action, { type: T }>;

/** Instructions of OpenFlow 1.1 and later. OpenFlow 1.0 knows only `apply_actions`, which it does not name. */
export type Instruction =
  | { type: 'meter'; meter: number }
  | { type: 'apply_actions'; actions: Action[] }
  | { type: 'clear_actions' }
  | { type: 'write_actions'; actions: Action[] }
  | { type: 'write_metadata'; metadata: bigint; mask: bigint }
  | { type: 'goto_table'; table: number };

/** OVS's canonical port numbers (16 bits). */
export const OFPP = {
  MAX: 0xff00,
  UNSET: 0xfff7,
  IN_PORT: 0xfff8,
  TABLE: 0xfff9,
  NORMAL: 0xfffa,
  FLOOD: 0xfffb,
  ALL: 0xfffc,
  CONTROLLER: 0xfffd,
  LOCAL: 0xfffe,
  NONE: 0xffff,
} as const;

/** `maxLen` of an action that sends whole packets (OFPCML_MAX and above). */
export const WHOLE_PACKET = 0xffff;
