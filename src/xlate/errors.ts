/**
 * Why a translation was abandoned. The packet is dropped (an empty program is installed) and the reason counted; the
 * sentence is what `ofproto/trace` and the log say. Limits and their reasons stand beside the errors they cause.
 */

/** Nested resubmits to the same or an earlier table: a bound on the call stack. As in OVS. */
export const MAX_DEPTH = 64;
/** All table lookups of one translation: a bound on the time a loop of resubmits can burn. As in OVS. */
export const MAX_RESUBMITS = 4096;
/** Entries of the push/pop stack. */
export const MAX_STACK = 64;

export const XLATE_ERRORS = {
  'too-deep': `over max translation depth ${MAX_DEPTH}`,
  'too-many-resubmits': `over ${MAX_RESUBMITS} resubmit actions`,
  'program-too-big': 'resubmits yielded over 64 kB of actions',
  'too-many-labels': 'Too many MPLS labels',
  'stack-too-deep': 'stack overflow',
  'no-recirculation-context': 'no recirculation context',
  'unsupported-action': 'action is not supported by this switch',
} as const;
export type XlateError = keyof typeof XLATE_ERRORS;
