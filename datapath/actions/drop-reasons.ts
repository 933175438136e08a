/**
 * Why a packet ended without leaving: every drop of the datapath has exactly one of these, and a counter for it.
 * The translator may name one in a `drop` action.
 */

export const DROP_REASONS = {
  'no-actions': { id: 0, sentence: 'The flow that the packet hit has no actions.' },
  explicit: { id: 1, sentence: 'The flow that the packet hit says so.' },
  'too-short': { id: 2, sentence: 'The frame is shorter than an Ethernet header.' },
  'no-such-port': { id: 3, sentence: 'The port it was to leave by is not in the datapath any more.' },
  'no-upcall': { id: 4, sentence: 'No flow matched, and nobody is there to say what to do with the packet.' },
  'upcall-refused': {
    id: 5,
    sentence: 'No flow matched, and the translator does not know the port or the recirculation.',
  },
  'recirculated-too-often': { id: 6, sentence: 'The packet was recirculated more often than any sane pipeline does.' },
  'recirculation-queue-full': {
    id: 7,
    sentence: 'Too many packets wait for their next round: the pipeline multiplies them.',
  },
  'nested-too-deep': { id: 8, sentence: 'Actions are nested deeper than any sane program does.' },
  'no-memory': { id: 9, sentence: 'The packet pool is exhausted, so the copy that was needed could not be made.' },
  'no-headroom': { id: 10, sentence: 'There was no room in front of the packet for another header.' },
  'ct-nat-exhausted': {
    id: 11,
    sentence:
      'It was to be translated, but no free address and port was left, and the switch is set to drop such packets.',
  },
  'ct-table-full': {
    id: 12,
    sentence: 'Its connection was to be committed, but the table is full, and the switch is set to drop such packets.',
  },
  'ct-zone-limit': {
    id: 13,
    sentence:
      'Its connection was to be committed, but the zone is at its limit, and the switch is set to drop such packets.',
  },
  'too-many-misses': {
    id: 14,
    sentence:
      'More packets that no flow matched came in by its port than there was time for beside the packets of known flows.',
  },
  'internal-error': {
    id: 15,
    sentence: 'Something in the program failed while the packet was on its way; the log has it in full.',
  },
} as const satisfies Record<string, { id: number; sentence: string }>;
/** A row of DROP_REASONS. */
export type DropReason = keyof typeof DROP_REASONS;

/** The numbers that travel on the packet path. */
export const DROP_NO_ACTIONS = DROP_REASONS['no-actions'].id;
export const DROP_TOO_SHORT = DROP_REASONS['too-short'].id;
export const DROP_NO_SUCH_PORT = DROP_REASONS['no-such-port'].id;
export const DROP_NO_UPCALL = DROP_REASONS['no-upcall'].id;
export const DROP_UPCALL_REFUSED = DROP_REASONS['upcall-refused'].id;
export const DROP_TOO_OFTEN = DROP_REASONS['recirculated-too-often'].id;
export const DROP_QUEUE_FULL = DROP_REASONS['recirculation-queue-full'].id;
export const DROP_NESTED_TOO_DEEP = DROP_REASONS['nested-too-deep'].id;
export const DROP_NO_MEMORY = DROP_REASONS['no-memory'].id;
export const DROP_NO_HEADROOM = DROP_REASONS['no-headroom'].id;
export const DROP_CT_NAT_EXHAUSTED = DROP_REASONS['ct-nat-exhausted'].id;
export const DROP_CT_TABLE_FULL = DROP_REASONS['ct-table-full'].id;
export const DROP_CT_ZONE_LIMIT = DROP_REASONS['ct-zone-limit'].id;
export const DROP_TOO_MANY_MISSES = DROP_REASONS['too-many-misses'].id;
export const DROP_INTERNAL_ERROR = DROP_REASONS['internal-error'].id;

/** Names by id. */
export const DROP_REASON_NAMES: readonly DropReason[] = (Object.keys(DROP_REASONS) as DropReason[]).sort(
  (a, b) => DROP_REASONS[a].id - DROP_REASONS[b].id,
);
