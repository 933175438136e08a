/** Connections, events and explanations as lines for people. */

import type { ConnJson, TupleJson } from '../../../inspect/conn-json.js';
import type { Explanation, NearJson } from '../../../inspect/explain.js';
import type { WatchEvent } from '../../../inspect/watch-event.js';
import { type Colors, PLAIN } from '../../../text/colors.js';

/** `10.0.0.1:4001 > 10.0.0.2:80`, for ICMP `10.0.0.1 > 10.0.0.2 id 7`. */
export function tupleText(t: TupleJson): string {
  if ('id' in t) return `${t.src} > ${t.dst} id ${t.id}`;
  const end = (address: string, port: number): string =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return `${end(t.src, t.sport)} > ${end(t.dst, t.dport)}`;
}

const timeText = (time: string): string => time.slice(11, 23);

const connText = (c: ConnJson, { param, value }: Colors): string =>
  `c#${c.id} ${param('zone')} ${c.zone} ${value(c.proto)} ${tupleText(c.orig)}`;

export function eventText(event: WatchEvent, colors: Colors = PLAIN): string {
  const { drop, param, special } = colors;
  const word = event.event.toUpperCase().padEnd(8);
  const head = `${timeText(event.time)} ${event.event === 'refused' ? drop(word) : special(word)}`;
  switch (event.event) {
    case 'new':
      return `${head} ${connText(event.conn, colors)} ${event.conn.state}`;
    case 'state':
      return `${head} ${connText(event.conn, colors)} ${event.from} ${special('->')} ${event.to}`;
    case 'destroy': {
      const { conn, cause } = event;
      return `${head} ${connText(conn, colors)} ${conn.state} ${param('cause=')}${cause} ${param('age')} ${conn.ageSeconds}s`;
    }
    case 'refused':
      return `${head} ${param('zone')} ${event.zone} ${event.reason} (${event.count})`;
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
