/** The figures of `ctswitch ct stats` as lines. */
import type { ConnStatsJson } from '../../../inspect/conn-stats.js';

export function statsText(s: ConnStatsJson): string {
  const each = s.bytesPerConnection === null ? '' : `, ${s.bytesPerConnection} for each connection`;
  const lines = [
    `connections   ${s.confirmed} of ${s.capacity} (${percent(s.confirmed + s.dying, s.capacity)}), ${s.dying} dying, ${s.expected} expected, ${s.created} since the start`,
    `memory        ${s.bytes} bytes taken${each}; a record has ${s.recordBytes}`,
    `hash          ${s.chains} chains, load ${s.loadFactor.toFixed(2)}, longest ${s.longestChain}`,
    ...counts('protocols', s.protocols),
    ...counts('tcp states', s.tcpStates),
    ...s.zones.map(zoneText),
    ...(s.defaultLimit === null ? [] : [`other zones   limit ${s.defaultLimit}`]),
    ...counts('commits', s.commits),
    ...counts('ended', s.ended),
    ...counts('invalid', s.invalid),
  ];
  return `${lines.join('\n')}\n`;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? 'full' : `${Math.round((part / whole) * 100)}%`;

const pairs = (numbers: Record<string, number>): string =>
  Object.entries(numbers)
    .sort((a, b) => b[1] - a[1])
    .map(([name, number]) => `${name} ${number}`)
    .join(', ');

/** A line, or none if there is nothing to say. */
const counts = (title: string, numbers: Record<string, number>): string[] =>
  Object.keys(numbers).length === 0 ? [] : [`${title.padEnd(13)} ${pairs(numbers)}`];

function zoneText({ zone, connections, limit, refused, invalid }: ConnStatsJson['zones'][number]): string {
  const bound = limit === null ? '' : ` of ${limit}`;
  const turned = Object.keys(refused).length === 0 ? '' : `; ${pairs(refused)}`;
  const bad = Object.keys(invalid).length === 0 ? '' : `; invalid: ${pairs(invalid)}`;
  return `${`zone ${zone}`.padEnd(13)} ${connections}${bound}${turned}${bad}`;
}
