/**
 * Why a packet is +inv, what became of a commit, why a connection ended: numbers inside, names and sentences here.
 *
 * Every packet that leaves the tracker with +inv has exactly one reason, every other one has REASON_NONE. `coverage` is the
 * counter that Open vSwitch moves for the same thing. `detail` names the int32 numbers that go with the reason
 * (`Conntrack.detail`), in their order.
 */
export interface ReasonRow {
  readonly id: number;
  readonly name: string;
  readonly text: string;
  readonly detail?: readonly string[];
  readonly coverage?: string;
}

export const REASON_NONE = 0;
export const NO_L3_OR_L4 = 1;
export const NOT_IP = 2;
export const IPV4_HEADER_BAD = 3;
export const IPV4_CHECKSUM_BAD = 4;
export const IPV6_EXT_BAD = 5;
export const LATER_FRAGMENT = 6;
export const FRAG_HEADER_BAD = 7;
export const FRAG_OVERLAP = 8;
export const FRAG_TOO_SMALL = 9;
export const FRAG_LIMIT = 10;
export const L4_TRUNCATED = 11;
export const L4_CHECKSUM_BAD = 12;
export const PORT_ZERO = 13;
export const ICMP_TYPE_UNTRACKED = 14;
export const ICMP_CODE_BAD = 15;
export const ICMP_ERROR_INNER_BAD = 16;
export const ICMP_ERROR_NOT_OURS = 17;
export const ICMP_ERROR_INNER_NOT_FOUND = 18;
export const NEW_TCP_SYNACK = 19;
export const NEW_TCP_FLAGS_BAD = 20;
export const NEW_ICMP_REPLY = 21;
export const TCP_FLAGS_BAD = 22;
export const TCP_SEQ_ABOVE_WINDOW = 23;
export const TCP_SEQ_BELOW_WINDOW = 24;
export const TCP_ACK_TOO_OLD = 25;
export const TCP_ACK_AHEAD = 26;
export const TCP_RST_INEXACT = 27;
export const ALG_FTP_BAD = 28;
export const ALG_FTP_NO_ROOM = 29;
export const ALREADY_INVALID = 30;

/**
 * Numbers of the segment; what its sender has sent (seqlo) and may send (seqhi); what the other end has sent (ack_expected) and
 * the largest window it has opened, in bytes; and by how much the segment missed.
 */
const TCP_DETAIL = ['seq', 'ack', 'end', 'seqlo', 'seqhi', 'ack_expected', 'window', 'missed_by'] as const;
const SEQ_FAILED = 'conntrack_tcp_seq_chk_failed';

/** Row i has id i. */
export const REASONS: readonly ReasonRow[] = [
  { id: REASON_NONE, name: 'none', text: 'The packet is valid.' },
  {
    id: NO_L3_OR_L4,
    name: 'no-l3-or-l4',
    text: 'No complete IP and transport header was found in the packet.',
    detail: ['needed', 'size'],
  },
  {
    id: NOT_IP,
    name: 'not-ip',
    text: 'The packet is neither IPv4 nor IPv6; the flow should match ip or ipv6.',
    detail: ['eth_type'],
  },
  {
    id: IPV4_HEADER_BAD,
    name: 'ipv4-header-bad',
    text: 'The IPv4 header is shorter than 20 bytes or longer than the packet.',
    detail: ['header_size', 'size'],
  },
  {
    id: IPV4_CHECKSUM_BAD,
    name: 'ipv4-checksum-bad',
    text: 'The checksum of the IPv4 header is wrong.',
    detail: ['found', 'expected'],
    coverage: 'conntrack_l3csum_err',
  },
  {
    id: IPV6_EXT_BAD,
    name: 'ipv6-ext-bad',
    text: 'The chain of IPv6 extension headers is broken.',
    detail: ['header', 'offset'],
  },
  {
    id: LATER_FRAGMENT,
    name: 'later-fragment',
    text: 'A fragment reached the tracker without being reassembled.',
    detail: ['is_enabled', 'is_nested'],
  },
  {
    id: FRAG_HEADER_BAD,
    name: 'frag-header-bad',
    text: 'The length or the checksum of a fragment does not fit the packet.',
    detail: ['claimed', 'size', 'from', 'to'],
    coverage: 'ipf_l3csum_err',
  },
  {
    id: FRAG_OVERLAP,
    name: 'frag-overlap',
    text: 'The fragment overlaps another one of the same packet, or stands behind its last.',
    detail: ['from', 'to'],
  },
  {
    id: FRAG_TOO_SMALL,
    name: 'frag-too-small',
    text: 'A fragment that is not the last is smaller than the minimum.',
    detail: ['size', 'minimum'],
  },
  { id: FRAG_LIMIT, name: 'frag-limit', text: 'The limit of fragments held is reached.', detail: ['held', 'limit'] },
  {
    id: L4_TRUNCATED,
    name: 'l4-truncated',
    text: 'The transport header, or the length it claims, does not fit the packet.',
    detail: ['needed', 'size'],
  },
  {
    id: L4_CHECKSUM_BAD,
    name: 'l4-checksum-bad',
    text: 'The transport checksum is wrong (if it equals the pseudo-header sum, the sender left it to an offload that never ran).',
    detail: ['found', 'expected', 'is_pseudo_header_sum'],
    coverage: 'conntrack_l4csum_err',
  },
  {
    id: PORT_ZERO,
    name: 'port-zero',
    text: 'The source or the destination port is 0.',
    detail: ['src_port', 'dst_port'],
  },
  {
    id: ICMP_TYPE_UNTRACKED,
    name: 'icmp-type-untracked',
    text: 'ICMP messages of this type are not tracked.',
    detail: ['type', 'code'],
  },
  { id: ICMP_CODE_BAD, name: 'icmp-code-bad', text: 'A request or reply must have code 0.', detail: ['type', 'code'] },
  {
    id: ICMP_ERROR_INNER_BAD,
    name: 'icmp-error-inner-bad',
    text: 'The packet inside the ICMP error is malformed.',
    detail: ['type', 'code', 'inner_reason'],
  },
  {
    id: ICMP_ERROR_NOT_OURS,
    name: 'icmp-error-not-ours',
    text: 'The ICMP error is not addressed to the source of the packet inside it.',
  },
  {
    id: ICMP_ERROR_INNER_NOT_FOUND,
    name: 'icmp-error-inner-not-found',
    text: 'The packet inside the ICMP error belongs to no known connection of this zone.',
  },
  {
    id: NEW_TCP_SYNACK,
    name: 'new-tcp-synack',
    text: 'A SYN-ACK came without a connection: its SYN was not committed in this zone.',
  },
  {
    id: NEW_TCP_FLAGS_BAD,
    name: 'new-tcp-flags-bad',
    text: 'The first packet of a connection has an impossible mix of TCP flags.',
    detail: ['flags'],
  },
  {
    id: NEW_ICMP_REPLY,
    name: 'new-icmp-reply',
    text: 'An ICMP reply came without a connection: its request was not committed in this zone.',
    detail: ['type'],
  },
  {
    id: TCP_FLAGS_BAD,
    name: 'tcp-flags-bad',
    text: 'The packet has an impossible mix of TCP flags.',
    detail: ['flags'],
    coverage: 'conntrack_invalid_tcp_flags',
  },
  {
    id: TCP_SEQ_ABOVE_WINDOW,
    name: 'tcp-seq-above-window',
    text: 'The segment ends beyond the window of its receiver.',
    detail: TCP_DETAIL,
    coverage: SEQ_FAILED,
  },
  {
    id: TCP_SEQ_BELOW_WINDOW,
    name: 'tcp-seq-below-window',
    text: 'The segment begins more than a window before what has been seen.',
    detail: TCP_DETAIL,
    coverage: SEQ_FAILED,
  },
  {
    id: TCP_ACK_TOO_OLD,
    name: 'tcp-ack-too-old',
    text: 'The acknowledgement is too far behind what the other end has sent.',
    detail: TCP_DETAIL,
    coverage: SEQ_FAILED,
  },
  {
    id: TCP_ACK_AHEAD,
    name: 'tcp-ack-ahead',
    text: 'The acknowledgement covers what the other end has not sent.',
    detail: TCP_DETAIL,
    coverage: SEQ_FAILED,
  },
  {
    id: TCP_RST_INEXACT,
    name: 'tcp-rst-inexact',
    text: 'The RST does not hit the expected sequence number.',
    detail: TCP_DETAIL,
    coverage: SEQ_FAILED,
  },
  {
    id: ALG_FTP_BAD,
    name: 'alg-ftp-bad',
    text: "The FTP command is malformed or announces an address that is not its sender's.",
    detail: ['is_malformed'],
  },
  {
    id: ALG_FTP_NO_ROOM,
    name: 'alg-ftp-no-room',
    text: 'The FTP command announces an address that is to be translated, and the packet has no room for the other one.',
    detail: ['size', 'new_size', 'is_in_fragments'],
  },
  { id: ALREADY_INVALID, name: 'already-invalid', text: 'The packet came in as invalid.' },
];

/** What became of the commit that the action asked for. */
export const COMMIT_NONE = 0;
export const COMMIT_DONE = 1;
export const COMMIT_KNOWN = 2;
export const COMMIT_TABLE_FULL = 3;
export const COMMIT_ZONE_LIMIT = 4;
export const COMMIT_NAT_EXHAUSTED = 5;
export const COMMIT_NOT_NEW = 6;

/** Row i has id i. */
export const COMMITS: readonly ReasonRow[] = [
  { id: COMMIT_NONE, name: 'none', text: 'Nothing was to be committed.' },
  { id: COMMIT_DONE, name: 'committed', text: 'The connection was committed.' },
  {
    id: COMMIT_KNOWN,
    name: 'commit-noop:already-committed',
    text: 'The connection was already there; NAT, helper and timeouts stay as they are.',
  },
  {
    id: COMMIT_TABLE_FULL,
    name: 'commit-refused:table-full',
    text: 'The table is full: the packet goes on as +new, without a connection, or is dropped if so set.',
    detail: ['limit'],
    coverage: 'conntrack_full',
  },
  {
    id: COMMIT_ZONE_LIMIT,
    name: 'commit-refused:zone-limit',
    text: 'The limit of the zone is reached: the packet goes on as +new, without a connection, or is dropped if so set.',
    detail: ['limit', 'count'],
    coverage: 'conntrack_zone_full',
  },
  {
    id: COMMIT_NAT_EXHAUSTED,
    name: 'commit-refused:nat-exhausted',
    text: 'No free address and port is left: the packet goes on as +new, without a connection and untranslated, or is dropped if so set.',
    coverage: 'conntrack_nat_exhausted',
  },
  {
    id: COMMIT_NOT_NEW,
    name: 'commit-ignored:not-new',
    text: 'The packet is invalid or belongs to an error message, so nothing was committed.',
  },
];

/** The commit was wanted and possible, but there was no room. */
export const isRefusal = (commit: number): boolean => commit >= COMMIT_TABLE_FULL && commit <= COMMIT_NAT_EXHAUSTED;

/** Why a connection ended. */
export const CAUSE_EXPIRED = 1;
export const CAUSE_FLUSHED = 2;
export const CAUSE_FORCED = 3;
export const CAUSE_REOPENED = 4;
export const CAUSE_CLOSED = 5;
export const CAUSE_RESET = 6;

/** Row i has id i. */
export const CAUSES: readonly ReasonRow[] = [
  { id: 0, name: 'alive', text: 'The connection has not ended.' },
  { id: CAUSE_EXPIRED, name: 'expired', text: 'No packet came before its timeout.' },
  { id: CAUSE_FLUSHED, name: 'flushed', text: 'Somebody flushed it.' },
  { id: CAUSE_FORCED, name: 'forced', text: 'ct(force) from the other side replaced it.' },
  { id: CAUSE_REOPENED, name: 'reopened', text: 'A SYN on a closed connection began a new one.' },
  { id: CAUSE_CLOSED, name: 'closed', text: 'Both ends had closed it, and its time of grace was over.' },
  { id: CAUSE_RESET, name: 'reset', text: 'An RST had ended it, and its time of grace was over.' },
];
