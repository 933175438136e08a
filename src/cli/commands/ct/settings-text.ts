/** Settings, limits, timeouts and fragments of the tracker as lines for people. */
import { TIMEOUT_NAMES } from '../../../../datapath/conntrack/protocols/timeouts.js';
import type { FragmentsJson, PendingPacketJson } from '../../../inspect/fragments.js';
import type { ZoneLimitJson } from '../../../inspect/limits.js';
import type { SettingJson } from '../../../inspect/settings.js';
import type { TimeoutsJson } from '../../../inspect/timeouts.js';

/** Rows with aligned columns; the last one is as long as it likes. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]))).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

export const settingsText = (rows: readonly SettingJson[]): string =>
  columns(
    rows.map(({ name, value, initial, meaning }) => [
      name,
      String(value),
      value === initial ? meaning : `${meaning} (it came as ${initial})`,
    ]),
  );

/** A limit that is only the default one is in brackets. */
export const limitsText = (rows: readonly ZoneLimitJson[]): string =>
  columns([
    ['zone', 'limit', 'connections'],
    ...rows.map(({ zone, limit, isOwn, connections }) => [
      String(zone),
      isOwn ? String(limit ?? 'none') : `(${limit ?? 'none'})`,
      connections === null ? '' : String(connections),
    ]),
  ]);

export const timeoutsText = (rows: readonly TimeoutsJson[]): string =>
  rows
    .map(({ zone, timeouts }) => {
      const lines = Object.entries(timeouts).map(([name, seconds]) => [`  ${name}`, `${seconds} s`, whenText(name)]);
      return `${zone === 'default' ? 'default' : `zone ${zone}`}\n${columns(lines)}`;
    })
    .join('');

function whenText(name: string): string {
  const row = TIMEOUT_NAMES.find((known) => known.name === name);
  return row !== undefined && 'when' in row ? row.when : 'means nothing to this tracker';
}

export function fragmentsText({ held, max, v4, v6, pending }: FragmentsJson): string {
  const family = (name: string, f: FragmentsJson['v4']): string[] => [
    name,
    f.isEnabled ? `held until whole, each but the last of at least ${f.minSize} bytes;` : 'invalid;',
    `accepted ${f.accepted}, completed ${f.completed}, expired ${f.expired}, too small ${f.tooSmall}, ` +
      `overlapped ${f.overlapped}, purged ${f.purged}`,
  ];
  const head = `held  ${held} of ${max} fragments, of ${pending.length} packet${pending.length === 1 ? '' : 's'}\n`;
  return head + columns([family('IPv4', v4), family('IPv6', v6)]) + pending.map(pendingText).join('');
}

const HAS = {
  'first/last frag': 'the first and the last one are there',
  'first frag': 'the last one is not there',
  'last frag': 'the first one is not there',
  'other frag': 'neither the first nor the last one is there',
} as const satisfies Record<PendingPacketJson['has'], string>;

const pendingText = ({ src, dst, id, zone, fragments, has, secondsLeft }: PendingPacketJson): string =>
  `${src} > ${dst} id ${id} zone ${zone}: ${fragments} fragment${fragments === 1 ? '' : 's'}, ${HAS[has]}; ${secondsLeft} s left\n`;
