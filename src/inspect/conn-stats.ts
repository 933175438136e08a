/** Figures of the connection table: sizes, load, and what has become of connections, by protocol, state, zone and reason. */
import { ConnStats } from '../../datapath/conntrack/query/stats.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/record/reasons.js';
import type { CtZone, DpifConntrack } from '../dpif/conntrack.js';
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
export function* connStats(tracker: DpifConntrack, clock: ConnClock): Steps<ConnStatsJson> {
  const gathered = new ConnStats();
  const dying = yield* overConnections(tracker, {}, { states: true }, clock, ({ count, states }) => {
    for (let i = 0; i < count; i++) gathered.add(states[2 * i], states[2 * i + 1]);
  });
  const { total, byProtocol, byTcpState, byZone } = gathered;
  const longest = yield* longestChain(tracker);
  const figures = tracker.figures();
  const settings = tracker.settings();
  const { defaultLimit, zones } = tracker.zones();
  const { count, chainCount, capacityBytes } = figures;
  return {
    confirmed: total,
    dying,
    expected: figures.expectedCount,
    created: figures.createdCount,
    capacity: settings.max_connections,
    bytes: capacityBytes,
    recordBytes: figures.recordBytes,
    bytesPerConnection: count === 0 ? null : Math.round(capacityBytes / count),
    chains: chainCount,
    loadFactor: count / chainCount,
    longestChain: longest,
    sweepIntervalMs: settings.sweep_interval_ms,
    protocols: Object.fromEntries(
      [...byProtocol.entries()].filter(([, n]) => n > 0).map(([proto, n]) => [protocolName(proto), n]),
    ),
    tcpStates: Object.fromEntries([...byTcpState].filter(([, n]) => n > 0)),
    zones: zonesInUse(zones, byZone),
    defaultLimit,
    invalid: named(REASONS, figures.reasons),
    commits: named(COMMITS, figures.commits),
    ended: named(CAUSES, figures.causes),
  };
}

/** Each chain is another place in memory: a thousand take some tenths of a millisecond. */
const CHAINS_PER_STEP = 1024;

function* longestChain(tracker: DpifConntrack): Steps<number> {
  const { chainCount } = tracker.figures();
  let longest = 0;
  for (let chain = 0; chain < chainCount; chain += CHAINS_PER_STEP) {
    longest = Math.max(longest, tracker.longestChain(chain, CHAINS_PER_STEP));
    yield '';
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

/** Zones with connections that are shown, a limit of their own, refused commits or invalid packets. */
const zonesInUse = (zones: readonly CtZone[], byZone: Uint32Array): ZoneFigures[] =>
  zones
    .filter(({ zone, isOwn, invalid, refused }) => byZone[zone] > 0 || isOwn || invalid !== null || refused !== null)
    .map(({ zone, limit, invalid, refused }) => ({
      zone,
      connections: byZone[zone],
      limit,
      refused: refused === null ? {} : named(COMMITS, refused),
      invalid: invalid === null ? {} : named(REASONS, invalid),
    }));
