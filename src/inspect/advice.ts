/**
 * What `ctswitch ct explain` says beyond the reason's own sentence: the numbers in words, and what can be done about it. Rows by
 * reason; a reason that says it all has none.
 */
import * as R from '../../datapath/conntrack/record/reasons.js';
import { formatFlags, TCP_FLAGS } from '../text/flags.js';

/** Numbers by the names that reasons.ts gives them; unsigned. */
export type Detail = Readonly<Record<string, number>>;

/** `why`: the numbers in words. `advice`: what can be done, null if there is nothing to say in this case. */
export interface AdviceRow {
  why?: (d: Detail) => string;
  advice?: (d: Detail) => string | null;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const bytes = (count: number): string => `${count} byte${count === 1 ? '' : 's'}`;
const flagsWhy = ({ flags }: Detail): string => `its flags are ${formatFlags(flags, TCP_FLAGS)}`;

const SEQ_ADVICE = (): string =>
  'if the path is lossy or only one direction comes by here: dpctl/ct-disable-tcp-seq-chk lets such segments pass';
const MORE_ROOM = 'shorter timeouts, or a flush of what is not needed';

/** Neighbour discovery, listener reports: what IPv6 cannot do without. */
const isVital6 = (type: number): boolean => (type >= 130 && type <= 137) || type === 143;

/** By reason. */
export const REASON_ADVICE: Readonly<Record<number, AdviceRow>> = {
  [R.NO_L3_OR_L4]: { why: (d) => `it should have ${bytes(d.needed)}, and has ${d.size}` },
  [R.NOT_IP]: {
    why: (d) => `its Ethernet type is ${hex(d.eth_type)}`,
    advice: () => 'match ip or ipv6 in the flow with the ct action',
  },
  [R.IPV4_HEADER_BAD]: { why: (d) => `it claims a header of ${bytes(d.header_size)}; ${d.size} are there` },
  [R.IPV4_CHECKSUM_BAD]: { why: (d) => `it is ${hex(d.found)} and should be ${hex(d.expected)}` },
  [R.IPV6_EXT_BAD]: { why: (d) => `the header of kind ${d.header} at byte ${d.offset} does not fit the packet` },
  [R.LATER_FRAGMENT]: {
    why: (d) =>
      d.is_nested ? 'it was inside a packet that had come in fragments itself' : 'reassembly is switched off',
    advice: (d) => (d.is_enabled ? null : 'dpctl/ipf-set-enabled v4 (or v6)'),
  },
  [R.FRAG_HEADER_BAD]: { why: fragmentWhy },
  [R.FRAG_OVERLAP]: {
    why: (d) => `it has bytes ${d.from} to ${d.to - 1}; the others stay, and wait for the right one`,
  },
  [R.FRAG_TOO_SMALL]: {
    why: (d) => `it has ${bytes(d.size)}; the minimum is ${d.minimum}`,
    advice: (d) => (d.size < 400 ? null : `dpctl/ipf-set-min-frag v4 (or v6) ${d.size}`),
  },
  [R.FRAG_LIMIT]: {
    why: (d) => (d.held === d.limit ? `${d.held} are held` : `${d.held} are held of at most ${d.limit}`),
    advice: () => 'dpctl/ipf-set-max-nfrags allows up to 5000; dpctl/ipf-get-status -m shows what is held',
  },
  [R.L4_TRUNCATED]: {
    why: (d) =>
      d.needed > d.size
        ? `it needs ${bytes(d.needed)}; ${d.size} are there`
        : `it claims to be only ${bytes(d.needed)} long`,
  },
  [R.L4_CHECKSUM_BAD]: {
    why: (d) => `it is ${hex(d.found)} and should be ${hex(d.expected)}`,
    advice: (d) =>
      d.is_pseudo_header_sum
        ? 'the sender left the checksum to its network card, which never made it: ethtool -K INTERFACE tx off, where the sender is'
        : null,
  },
  [R.PORT_ZERO]: { why: (d) => `from port ${d.src_port} to port ${d.dst_port}` },
  [R.ICMP_TYPE_UNTRACKED]: {
    why: (d) => `it is type ${d.type}, code ${d.code}`,
    advice: (d) =>
      isVital6(d.type)
        ? 'let neighbour discovery and listener reports (icmp6, types 130 to 137, 143) pass before the ct action'
        : null,
  },
  [R.ICMP_CODE_BAD]: { why: (d) => `it is type ${d.type}, code ${d.code}` },
  [R.ICMP_ERROR_INNER_BAD]: {
    why: (d) => `${R.REASONS[d.inner_reason].name}: ${R.REASONS[d.inner_reason].text}`,
  },
  [R.NEW_TCP_FLAGS_BAD]: { why: flagsWhy },
  [R.NEW_TCP_SYNACK]: { advice: () => 'commit the SYN in this zone: ct(commit,zone=...) where the client is' },
  [R.NEW_ICMP_REPLY]: { why: (d) => `it is type ${d.type}`, advice: () => 'commit the request in this zone' },
  [R.TCP_FLAGS_BAD]: { why: flagsWhy },
  [R.TCP_SEQ_ABOVE_WINDOW]: {
    why: (d) =>
      `it ends at ${d.end}, ${d.missed_by} beyond ${d.seqhi}, up to where the other end has opened its window`,
    advice: SEQ_ADVICE,
  },
  [R.TCP_SEQ_BELOW_WINDOW]: {
    why: (d) =>
      `it begins at ${d.seq}, ${d.missed_by} before the oldest that may be sent again: ${d.seqlo} less a window of ${d.window}`,
    advice: SEQ_ADVICE,
  },
  [R.TCP_ACK_TOO_OLD]: {
    why: (d) =>
      `it acknowledges ${d.ack}; the other end has sent up to ${d.ack_expected}: ${d.missed_by} too far behind`,
    advice: SEQ_ADVICE,
  },
  [R.TCP_ACK_AHEAD]: {
    why: (d) =>
      `it acknowledges ${d.ack}; the other end has only sent up to ${d.ack_expected}: ${d.missed_by} too far ahead`,
    advice: SEQ_ADVICE,
  },
  [R.TCP_RST_INEXACT]: {
    why: (d) => `its number is ${d.seq}; ${d.seqlo}, give or take 1, is expected`,
    advice: SEQ_ADVICE,
  },
  [R.ALG_FTP_BAD]: {
    why: (d) => (d.is_malformed ? 'no address and port can be read from it' : "the address is not its sender's"),
  },
  [R.ALG_FTP_NO_ROOM]: {
    why: (d) =>
      `${bytes(d.new_size)} would stand where ${d.size} do${d.is_in_fragments ? ', and it goes on as the fragments that it came in' : ''}`,
    advice: () => 'extended passive mode (EPSV), which announces no address',
  },
};

/** By what became of the commit. */
export const COMMIT_ADVICE: Readonly<Record<number, AdviceRow>> = {
  [R.COMMIT_TABLE_FULL]: {
    why: (d) => `it holds ${d.limit} connections`,
    advice: () => `dpctl/ct-set-maxconns for a larger one, ${MORE_ROOM}`,
  },
  [R.COMMIT_ZONE_LIMIT]: {
    why: (d) => `${d.count} connections of at most ${d.limit}`,
    advice: () => `dpctl/ct-set-limits zone=N,limit=L for more, ${MORE_ROOM}`,
  },
  [R.COMMIT_NAT_EXHAUSTED]: {
    advice: () =>
      'more addresses or ports in the nat(...) of the flow below; ctswitch ct set refused_nat_exhausted=drop, not to leak private addresses',
  },
};

function fragmentWhy(d: Detail): string {
  if (d.claimed !== d.size) return `it claims to have ${bytes(d.claimed)}; ${d.size} are there`;
  if (d.to > 0xffff) return `it would end at byte ${d.to} of its packet, beyond the largest there is`;
  if (d.to <= d.from) return 'it carries nothing';
  if ((d.to - d.from) % 8 !== 0) return `it has ${bytes(d.to - d.from)}, no multiple of 8, though more follow`;
  return 'the checksum of its IP header is wrong';
}
