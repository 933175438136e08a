/** Figures of the connection table: sizes, load, and what has become of connections, by protocol, state, zone and reason. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { ConnStats } from '../../datapath/conntrack/query/stats.js';
import { CONN_WORDS } from '../../datapath/conntrack/record/conn.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/record/reasons.js';
import { UNLIMITED } from '../../datapath/conntrack/record/zones.js';
import { protocolName } from '../text/conntrack.js';
import { type ConnClock, overConnections, type Steps } from './conn-walk.js';

type Counts = Record<string, number>;

/** Connections by list and kind; bytes and counts. What has not happened is left out. */
export interface ConnStatsJson {
  confirmed: number;
  dying: number;
  expected: number;
  created: number;
  capacity: number;
  bytes: number;
  recordBytes: number;
  /** Null while there are none. */
  bytesPerConnection: number | null;
  chains: number;
  loadFactor: number;
  longestChain: number;
  sweepIntervalMs: number;
  protocols: Counts;
  tcpStates: Counts;
  zones: ZoneFigures[];
  /** Null: as many as the table takes. */
  defaultLimit: number | null;
  invalid: Counts;
  commits: Counts;
  ended: Counts;
}

/** Figures of the whole table. */
export function* connStats(tracker: Conntrack, clock: ConnClock): Steps<ConnStatsJson> {
  const { table, zones, outcomes } = tracker;
  const gathered = new ConnStats();
  const dying = yield* overConnections(tracker, {}, clock, (handle) => gathered.add(table, handle));
  const { total, byProtocol, byTcpState, byZone } = gathered;
  const longest = yield* longestChain(tracker);
  const records = tracker.count;
  const chains = table.chainCount;
  return {
    confirmed: total,
    dying,
    expected: tracker.expectedCount,
    created: tracker.createdCount,
    capacity: tracker.maxConnections,
    bytes: tracker.capacityBytes,
    recordBytes: CONN_WORDS * 4,
    bytesPerConnection: records === 0 ? null : Math.round(tracker.capacityBytes / records),
    chains,
    loadFactor: records / chains,
    longestChain: longest,
    sweepIntervalMs: tracker.sweepIntervalMs,
    protocols: Object.fromEntries(
      [...byProtocol.entries()].filter(([, n]) => n > 0).map(([proto, n]) => [protocolName(proto), n]),
    ),
    tcpStates: Object.fromEntries([...byTcpState].filter(([, n]) => n > 0)),
    zones: zonesInUse(tracker, byZone),
    defaultLimit: zones.defaultLimit === 0 ? null : zones.defaultLimit,
    invalid: named(REASONS, outcomes.reasons),
    commits: named(COMMITS, outcomes.commits),
    ended: named(CAUSES, outcomes.causes),
  };
}

/** Each chain is another place in memory: a thousand take some tenths of a millisecond. */
const CHAINS_PER_STEP = 1024;

function* longestChain({ table }: Conntrack): Steps<number> {
  let longest = 0;
  for (let chain = 0; chain < table.chainCount; chain++) {
    longest = Math.max(longest, table.chainLength(chain));
    if (chain % CHAINS_PER_STEP === 0) yield '';
  }
  return longest;
}

/** Only what has happened. */
function named(rows: readonly ReasonRow[], counts: Float64Array): Record<string, number> {
  return Object.fromEntries(rows.filter(({ id }) => counts[id] > 0).map(({ id, name }) => [name, counts[id]]));
}

interface ZoneFigures {
  zone: number;
  connections: number;
  limit: number | null;
  refused: Record<string, number>;
  invalid: Record<string, number>;
}

/** Zones with connections, a limit of their own, refused commits or invalid packets. */
function zonesInUse({ zones, outcomes }: Conntrack, byZone: Uint32Array): ZoneFigures[] {
  const rows: ZoneFigures[] = [];
  for (let zone = 0; zone < zones.counts.length; zone++) {
    const invalid = outcomes.invalidIn(zone);
    const refused = outcomes.refusedIn(zone);
    if (byZone[zone] === 0 && !zones.hasOwnLimit(zone) && invalid === null && refused === null) continue;
    const limit = zones.limitOf(zone);
    rows.push({
      zone,
      connections: byZone[zone],
      limit: limit === UNLIMITED ? null : limit,
      refused: refused === null ? {} : named(COMMITS, refused),
      invalid: invalid === null ? {} : named(REASONS, invalid),
    });
  }
  return rows;
}
