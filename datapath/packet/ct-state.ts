/** The eight ct_state bits (ovs-fields(7)); the order is that of the bits and of printed matches. */

/** The values of the bits, as `ct_state` and `Packet.ctState` have them. */
export const CT_NEW = 0x01;
export const CT_ESTABLISHED = 0x02;
export const CT_RELATED = 0x04;
export const CT_REPLY_DIR = 0x08;
export const CT_INVALID = 0x10;
export const CT_TRACKED = 0x20;
export const CT_SRC_NAT = 0x40;
export const CT_DST_NAT = 0x80;

/** Names and bits, in the order in which Open vSwitch prints them. */
export const CT_STATE_BITS = [
  { name: 'new', bit: CT_NEW },
  { name: 'est', bit: CT_ESTABLISHED },
  { name: 'rel', bit: CT_RELATED },
  { name: 'rpl', bit: CT_REPLY_DIR },
  { name: 'inv', bit: CT_INVALID },
  { name: 'trk', bit: CT_TRACKED },
  { name: 'snat', bit: CT_SRC_NAT },
  { name: 'dnat', bit: CT_DST_NAT },
] as const;
