/**
 * Actions that rewrite one header field each: OpenFlow 1.0's mod_dl_src and its kin, TTL, and the tunnel id. From 1.2 on they are sent
 * as OFPAT_SET_FIELD; Open vSwitch understands OpenFlow 1.1's in all later versions, too.
 */
import { IP_PROTO_SCTP, IP_PROTO_TCP, IP_PROTO_UDP } from '../../../datapath/wire/numbers.js';
import type { FieldName } from '../../match/fields.js';
import type { ActionOf } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { OF10, OF11, OF12, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import {
  behind,
  doc,
  type Encoding,
  first,
  nx,
  of,
  type PlainBody,
  REWRITE,
  type Rows,
  send,
  sendFirst,
} from './row.js';
import { orField, putLoad, putWhole } from './set-field-wire.js';
import { type EncodeContext, mustBeZero, within } from './wire.js';

type Mac = ActionOf<'set_eth_src' | 'set_eth_dst'>;
type Ipv4 = ActionOf<'set_ipv4_src' | 'set_ipv4_dst'>;
type L4Port = ActionOf<'set_l4_src_port' | 'set_l4_dst_port'>;

const mac = <A extends Mac>(type: A['type']): PlainBody<A> => ({
  read: (r) => ({ type, mac: r.big(6) }) as A,
  write: (w, action) => w.big(action.mac, 6),
});

const ipv4 = <A extends Ipv4>(type: A['type']): PlainBody<A> => ({
  read: (r) => ({ type, address: r.u32() }) as A,
  write: (w, action) => w.u32(action.address),
});

const port = <A extends L4Port>(type: A['type']): PlainBody<A> => ({
  read: (r) => ({ type, port: r.u16() }) as A,
  write: (w, action) => w.u16(action.port),
});

const DSCP: PlainBody<ActionOf<'set_ip_dscp'>> = {
  read: (r) => ({ type: 'set_ip_dscp', dscp: within(r.u8(), 0xfc, 'TOS') }),
  write: (w, { dscp }) => w.u8(dscp),
};

const ECN: PlainBody<ActionOf<'set_ip_ecn'>> = {
  read: (r) => ({ type: 'set_ip_ecn', ecn: within(r.u8(), 3, 'ECN') }),
  write: (w, { ecn }) => w.u8(ecn),
};

const TTL: PlainBody<ActionOf<'set_ip_ttl'>> = {
  read: (r) => ({ type: 'set_ip_ttl', ttl: r.u8() }),
  write: (w, { ttl }) => w.u8(ttl),
};

/** By the number of OpenFlow 1.0, and by that of 1.1. */
const both = <B>(code10: number, code11: number, size: number, body: B) => [
  of(code10, OF10, OF10, size, body),
  of(code11, OF11, OF15, size, body),
];

export const SET_ETH_SRC = both(4, 3, 16, mac<ActionOf<'set_eth_src'>>('set_eth_src'));
export const SET_ETH_DST = both(5, 4, 16, mac<ActionOf<'set_eth_dst'>>('set_eth_dst'));
export const SET_IPV4_SRC = both(6, 5, 8, ipv4<ActionOf<'set_ipv4_src'>>('set_ipv4_src'));
export const SET_IPV4_DST = both(7, 6, 8, ipv4<ActionOf<'set_ipv4_dst'>>('set_ipv4_dst'));
export const SET_IP_DSCP = both(8, 7, 8, DSCP);
export const SET_IP_ECN = of(8, OF11, OF15, 8, ECN);
export const SET_L4_SRC_PORT = both(9, 9, 8, port<ActionOf<'set_l4_src_port'>>('set_l4_src_port'));
export const SET_L4_DST_PORT = both(10, 10, 8, port<ActionOf<'set_l4_dst_port'>>('set_l4_dst_port'));
const SET_IP_TTL = of(23, OF11, OF15, 8, TTL);

const PORT_FIELDS: Readonly<Record<number, readonly [src: FieldName, dst: FieldName]>> = {
  [IP_PROTO_TCP]: ['tcp_src', 'tcp_dst'],
  [IP_PROTO_UDP]: ['udp_src', 'udp_dst'],
  [IP_PROTO_SCTP]: ['sctp_src', 'sctp_dst'],
};

/** Without a match on the protocol there is no field to name. */
const orPortField =
  <A extends L4Port>(encodings: readonly Encoding<A>[], which: 0 | 1) =>
  (w: Writer, action: A, context: EncodeContext): void => {
    const field = context.version < OF12 ? undefined : PORT_FIELDS[context.ipProto]?.[which];
    if (field) putWhole(w, field, action.port, context);
    else sendFirst(w, encodings, action, context);
  };

const DEC_TTL_IDS = nx<PlainBody<ActionOf<'dec_ttl'>>>(21, -16, {
  read: (r) => {
    const count = r.u16();
    mustBeZero(r, 4);
    if (r.remaining < count * 2) throw new OpenFlowError('OFPBAC_BAD_LEN');
    return { type: 'dec_ttl', ids: Array.from({ length: count }, () => r.u16()) };
  },
  write: (w, { ids }) => {
    w.u16(ids.length);
    w.zeros(4);
    for (const id of ids) w.u16(id);
  },
});

/** For controller 0. */
const DEC_TTL: PlainBody<ActionOf<'dec_ttl'>> = {
  read: () => ({ type: 'dec_ttl', ids: [0] }),
  write: () => {},
};
const DEC_TTL_PLAIN = [of(24, OF11, OF15, 8, DEC_TTL), nx(18, 16, DEC_TTL, OF10, OF10)];

const TUNNEL = nx(
  2,
  16,
  behind<ActionOf<'set_tunnel'>>(2, {
    read: (r) => ({ type: 'set_tunnel', id: BigInt(r.u32()), wide: false }),
    write: (w, { id }) => w.u32(Number(id)),
  }),
);

const TUNNEL64 = nx(
  9,
  24,
  behind<ActionOf<'set_tunnel'>>(6, {
    read: (r) => ({ type: 'set_tunnel', id: r.u64(), wide: true }),
    write: (w, { id }) => w.u64(id),
  }),
);

export const HEADER_ROWS: Rows<
  Mac['type'] | Ipv4['type'] | L4Port['type'] | 'set_ip_dscp' | 'set_ip_ecn' | 'set_ip_ttl' | 'dec_ttl' | 'set_tunnel'
> = {
  set_eth_src: {
    encodings: SET_ETH_SRC,
    encode: orField(SET_ETH_SRC, 'eth_src', (action) => action.mac),
    place: REWRITE,
    docs: [doc('mod_dl_src:MAC', 'mod_dl_src:00:00:00:00:00:01', 'sets the Ethernet source')],
  },
  set_eth_dst: {
    encodings: SET_ETH_DST,
    encode: orField(SET_ETH_DST, 'eth_dst', (action) => action.mac),
    place: REWRITE,
    docs: [doc('mod_dl_dst:MAC', 'mod_dl_dst:00:00:00:00:00:01', 'sets the Ethernet destination')],
  },
  set_ipv4_src: {
    encodings: SET_IPV4_SRC,
    encode: orField(SET_IPV4_SRC, 'ip_src', (action) => action.address >>> 0),
    place: REWRITE,
    docs: [doc('mod_nw_src:IP', 'mod_nw_src:10.0.0.1', 'sets the IPv4 source')],
  },
  set_ipv4_dst: {
    encodings: SET_IPV4_DST,
    encode: orField(SET_IPV4_DST, 'ip_dst', (action) => action.address >>> 0),
    place: REWRITE,
    docs: [doc('mod_nw_dst:IP', 'mod_nw_dst:10.0.0.1', 'sets the IPv4 destination')],
  },
  set_ip_dscp: {
    encodings: SET_IP_DSCP,
    encode: orField(SET_IP_DSCP, 'ip_dscp', (action) => action.dscp >>> 2),
    place: REWRITE,
    docs: [doc('mod_nw_tos:TOS', 'mod_nw_tos:4', 'sets the DSCP, given as the byte it stands in')],
  },
  set_ip_ecn: {
    encodings: [SET_IP_ECN],
    encode: (w, action, context) => {
      if (context.version >= OF12) putWhole(w, 'nw_ecn', action.ecn, context);
      else if (context.version === OF11) send(w, SET_IP_ECN, action, context);
      else putLoad(w, { field: 'nw_ecn', start: 0, bits: 2 }, BigInt(action.ecn), context);
    },
    place: REWRITE,
    docs: [doc('mod_nw_ecn:ECN', 'mod_nw_ecn:1', 'sets the ECN bits')],
  },
  set_ip_ttl: {
    encodings: [SET_IP_TTL],
    encode: (w, action, context) => {
      if (context.version >= OF11) send(w, SET_IP_TTL, action, context);
      else putLoad(w, { field: 'nw_ttl', start: 0, bits: 8 }, BigInt(action.ttl), context);
    },
    place: REWRITE,
    docs: [doc('mod_nw_ttl:TTL', 'mod_nw_ttl:64', 'sets the TTL or hop limit')],
  },
  set_l4_src_port: {
    encodings: SET_L4_SRC_PORT,
    encode: orPortField(SET_L4_SRC_PORT, 0),
    place: REWRITE,
    docs: [
      doc(
        'mod_tp_src:PORT',
        'mod_tp_src:80',
        'sets the source port of TCP, UDP or SCTP; from 1.2 on sent as 25 for the protocol that the flow matches',
      ),
    ],
  },
  set_l4_dst_port: {
    encodings: SET_L4_DST_PORT,
    encode: orPortField(SET_L4_DST_PORT, 1),
    place: REWRITE,
    docs: [doc('mod_tp_dst:PORT', 'mod_tp_dst:80', 'sets the destination port, likewise')],
  },
  dec_ttl: {
    encodings: [...DEC_TTL_PLAIN, DEC_TTL_IDS],
    encode: (w, action, context) => {
      if (action.ids.length === 1 && action.ids[0] === 0) sendFirst(w, DEC_TTL_PLAIN, action, context);
      else send(w, DEC_TTL_IDS, action, context);
    },
    place: first(4),
    docs: [
      doc(
        'dec_ttl, dec_ttl(ID,...)',
        'dec_ttl',
        'counts the TTL down; a packet at its end goes to the controllers named, and no further',
      ),
    ],
  },
  set_tunnel: {
    encodings: [TUNNEL, TUNNEL64],
    encode: (w, action, context) => {
      if (context.version >= OF12) putWhole(w, 'tun_id', action.id, context);
      else send(w, action.wide || action.id > 0xffffffffn ? TUNNEL64 : TUNNEL, action, context);
    },
    place: REWRITE,
    docs: [
      doc('set_tunnel:ID', 'set_tunnel:1', 'sets tun_id'),
      doc('set_tunnel64:ID', 'set_tunnel64:1', 'sets tun_id, always sent with 64 bits'),
    ],
  },
};
