/** Two states of an interface -> what has happened to it, in words for the log. */
import type { PortState } from '../../datapath/ports/port.js';

interface Row {
  readonly of: (state: PortState) => boolean | number | string;
  readonly text: (after: PortState, before: PortState) => string;
}

const macText = ({ mac }: PortState): string => Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(':');

/** What can change of an interface that is there. */
const ROWS: readonly Row[] = [
  { of: ({ adminUp }) => adminUp, text: ({ adminUp }) => (adminUp ? 'has been set up' : 'has been set down') },
  { of: ({ linkUp }) => linkUp, text: ({ linkUp }) => (linkUp ? 'has its link back' : 'has lost its link') },
  { of: ({ mtu }) => mtu, text: (after, before) => `has MTU ${after.mtu} instead of ${before.mtu}` },
  { of: macText, text: (after, before) => `has address ${macText(after)} instead of ${macText(before)}` },
];

/** Each a predicate: "has lost its link". Of an interface that is not there nothing else is said. */
export function linkChanges(before: PortState, after: PortState): string[] {
  if (after.ifindex === 0) return before.ifindex === 0 ? [] : [GONE];
  if (before.ifindex !== after.ifindex) {
    const link = after.linkUp ? 'link up' : 'link down';
    return [
      `is ${before.ifindex === 0 ? 'there again' : 'another one'}: ${link}, MTU ${after.mtu}, address ${macText(after)}`,
    ];
  }
  return ROWS.filter(({ of }) => of(before) !== of(after)).map(({ text }) => text(after, before));
}

const GONE = 'is gone: deleted, renamed, moved to another network namespace, or taken by another switch';
