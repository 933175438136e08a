/** Connections, events and explanations as lines for people. */

import type { ConnJson, TupleJson } from '../../../inspect/conn-json.js';
import type { Explanation, NearJson } from '../../../inspect/explain.js';
import type { WatchEvent } from '../../../inspect/watch-event.js';

/** `10.0.0.1:4001 > 10.0.0.2:80`, for ICMP `10.0.0.1 > 10.0.0.2 id 7`. */
export function tupleText(t: TupleJson): string {
  if ('id' in t) return `${t.src} > ${t.dst} id ${t.id}`;
  const end = (address: string, port: number): string =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return `${end(t.src, t.sport)} > ${end(t.dst, t.dport)}`;
}

const timeText = (time: string): string => time.slice(11, 23);

const connText = (c: ConnJson): string => `c#${c.id} zone ${c.zone} ${c.proto} ${tupleText(c.orig)}`;

export function eventText(event: WatchEvent): string {
  const head = `${timeText(event.time)} ${event.event.toUpperCase().padEnd(8)}`;
  switch (event.event) {
    case 'new':
      return `${head} ${connText(event.conn)} ${event.conn.state}`;
    case 'state':
      return `${head} ${connText(event.conn)} ${event.from} -> ${event.to}`;
    case 'destroy':
      return `${head} ${connText(event.conn)} ${event.conn.state} cause=${event.cause} age ${event.conn.ageSeconds}s`;
    case 'refused':
      return `${head} zone ${event.zone} ${event.reason} (${event.count})`;
  }
}

export function explanationText(e: Explanation): string {
  const from = e.inPort === null ? '' : ` from ${e.inPort}`;
  const lines = [
    `#${e.sequence} ${timeText(e.time)} ${e.packet}${from}, zone ${e.zone}`,
    `  reason  ${e.reason}: ${e.sentence}`,
  ];
  if (e.why !== null) lines.push(`  why     ${e.why}`);
  for (const flow of e.flows ?? []) lines.push(`  flow    ${e.bridge}: ${flow}`);
  if (e.flows === null) lines.push('  flow    none: a packet-out, or a bridge that is gone');
  for (const miss of e.near) lines.push(`  near    ${nearText(miss)}`);
  if (e.advice !== null) lines.push(`  try     ${e.advice}`);
  if (e.alike > 0) lines.push(`  and     ${e.alike} more like it before; --each shows them all`);
  return `${lines.join('\n')}\n`;
}

function nearText({ kind, isReply, conn }: NearJson): string {
  const what = isReply ? 'this packet is its reply' : 'this packet is one of its own';
  const head = `c#${conn.id} zone ${conn.zone} ${tupleText(conn.orig)} ${conn.state}`;
  switch (kind) {
    case 'own':
      return `${head}: the connection that the packet belongs to`;
    case 'other-zone':
      return `${head}: ${what}, but in another zone`;
    case 'translated':
      return `${head}: ${what}, but already translated; the tracker has to see it before`;
    case 'dead':
      return `${head}, ended ${conn.endedSecondsAgo} s ago (${conn.cause}): ${what}`;
  }
}
