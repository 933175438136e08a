/**
 * What of a tracker can be set while it runs: one row for each setting, from which commands, configuration files and
 * the reference are made. Values are numbers; those of a setting with words stand for the words.
 */
import { type Conntrack, DEFAULT_MAX_CONNECTIONS } from './conntrack.js';
import {
  DEFAULT_MAX_FRAGMENTS,
  DEFAULT_MIN_SIZE_V4,
  DEFAULT_MIN_SIZE_V6,
  LOWEST_MIN_SIZE,
  MOST_FRAGMENTS,
} from './fragments/fragments.js';
import { DEFAULT_SWEEP_INTERVAL_MS } from './lifecycle.js';
import { COMMIT_NAT_EXHAUSTED, COMMIT_TABLE_FULL, COMMIT_ZONE_LIMIT } from './record/reasons.js';

const LARGEST = 0xffff_ffff;
/** Half a day; the timing wheel looks no further. */
const MAX_SWEEP_INTERVAL_MS = 43_200_000;

export interface Setting {
  readonly describe: string;
  /** The value that the tracker begins with. */
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  /** What the values 0, 1 ... are called; numbers if there are none. */
  readonly words?: readonly string[];
  read(tracker: Conntrack): number;
  write(tracker: Conntrack, value: number): void;
}

const ON_OFF = { words: ['off', 'on'], min: 0, max: 1, initial: 1 } as const;

export const SETTINGS = {
  max_connections: {
    describe: 'connections at a time; more are refused',
    initial: DEFAULT_MAX_CONNECTIONS,
    min: 0,
    max: LARGEST,
    read: (tracker) => tracker.maxConnections,
    write: (tracker, value) => void (tracker.maxConnections = value),
  },
  tcp_sequence_check: {
    describe: 'TCP segments outside the window are invalid',
    ...ON_OFF,
    read: (tracker) => Number(tracker.checksTcpSequence),
    write: (tracker, value) => void (tracker.checksTcpSequence = value === 1),
  },
  sweep_interval_ms: {
    describe: 'the longest time between two sweeps for connections that have expired',
    initial: DEFAULT_SWEEP_INTERVAL_MS,
    min: 0,
    max: MAX_SWEEP_INTERVAL_MS,
    read: (tracker) => tracker.sweepIntervalMs,
    write: (tracker, value) => void (tracker.sweepIntervalMs = value),
  },
  fragments_v4: handled(4),
  fragments_v6: handled(6),
  fragment_min_size_v4: smallest(4, DEFAULT_MIN_SIZE_V4),
  fragment_min_size_v6: smallest(6, DEFAULT_MIN_SIZE_V6),
  max_fragments: {
    describe: 'fragments held at a time; more are invalid',
    initial: DEFAULT_MAX_FRAGMENTS,
    min: 0,
    max: MOST_FRAGMENTS,
    read: ({ fragments }) => fragments.maxFragments,
    write: ({ fragments }, value) => void (fragments.maxFragments = value),
  },
  refused_table_full: refusalPolicy(COMMIT_TABLE_FULL, 'a packet whose connection finds the table full'),
  refused_zone_limit: refusalPolicy(COMMIT_ZONE_LIMIT, 'a packet whose connection finds its zone at the limit'),
  refused_nat_exhausted: refusalPolicy(COMMIT_NAT_EXHAUSTED, 'a packet for which NAT finds no free address and port'),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
export type SettingValues = Partial<Record<SettingName, number>>;

/** Sets what is named; the values have been checked. */
export function writeSettings(tracker: Conntrack, values: SettingValues): void {
  for (const name of SETTING_NAMES) {
    const value = values[name];
    if (value !== undefined) SETTINGS[name].write(tracker, value);
  }
}

/** Names that stand for several settings. */
export const SETTING_GROUPS: Readonly<Record<string, readonly SettingName[]>> = {
  refused: ['refused_table_full', 'refused_zone_limit', 'refused_nat_exhausted'],
};

function handled(family: 4 | 6): Setting {
  return {
    describe: `fragments of IPv${family} are held until the packet is whole, and tracked; off: they are invalid`,
    ...ON_OFF,
    read: ({ fragments }) => Number(fragments.settings[family].isEnabled),
    write: ({ fragments }, value) => void (fragments.settings[family].isEnabled = value === 1),
  };
}

function smallest(family: 4 | 6, initial: number): Setting {
  return {
    describe: `bytes that every fragment of IPv${family} but the last has at least; smaller ones are invalid`,
    initial,
    min: LOWEST_MIN_SIZE,
    max: LARGEST,
    read: ({ fragments }) => fragments.settings[family].minSize,
    write: ({ fragments }, value) => void (fragments.settings[family].minSize = value),
  };
}

function refusalPolicy(commit: number, what: string): Setting {
  const bit = 1 << commit;
  return {
    describe: `${what}: it goes on as +new, as in Open vSwitch, or is dropped`,
    initial: 0,
    min: 0,
    max: 1,
    words: ['pass', 'drop'],
    read: (tracker) => Number((tracker.droppedRefusals & bit) !== 0),
    write: (tracker, value) => {
      tracker.droppedRefusals = value === 1 ? tracker.droppedRefusals | bit : tracker.droppedRefusals & ~bit;
    },
  };
}
