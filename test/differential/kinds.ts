/** The kinds of sessions there are: what each plays, and how many conversations make one. */
import { ctSession } from './ct-sessions.js';
import { fragmentSession } from './fragment-sessions.js';
import { ftpSession } from './ftp-sessions.js';
import { labelSession } from './label-sessions.js';
import { limitSession } from './limit-sessions.js';
import { natRangeSession } from './nat-range-sessions.js';
import { natSession } from './nat-sessions.js';
import { throughTablesSession } from './pipeline-sessions.js';
import { pipelineSession } from './pipelines.js';
import type { Session } from './session.js';
import { tftpSession } from './tftp-sessions.js';

export interface Kind {
  summary: string;
  /** Conversations, or frames of a program without the tracker, in a session. */
  size: number;
  session(seed: number, size: number): Promise<Session> | Session;
}

export const KINDS = {
  conversations: {
    summary: 'TCP, UDP, ICMP and others through tracking programs: loss, wrong windows, ICMP errors, zones, NAT',
    size: 60,
    session: ctSession,
  },
  fragments: {
    summary: 'fragments of IPv4 and IPv6: in any order, overlapping, tiny, missing, late, under NAT',
    size: 30,
    session: fragmentSession,
  },
  ftp: {
    summary: 'FTP, active and passive, well and badly spoken, with data connections, under NAT',
    size: 20,
    session: ftpSession,
  },
  tftp: { summary: 'TFTP requests and transfers, under NAT', size: 30, session: tftpSession },
  limits: {
    summary: 'limits of zones and of the table, set and lifted meanwhile; flushes by zone and tuple',
    size: 40,
    session: limitSession,
  },
  tables: {
    summary: 'many ct in one way: zones, force, ct_clear, groups, packet-outs, bundles, resubmit(,T,ct)',
    size: 30,
    session: throughTablesSession,
  },
  nat: {
    summary: 'NAT with one result: ports that collide, hairpins, ICMP errors, expiry and ports used again',
    size: 40,
    session: natSession,
  },
  'nat-ranges': {
    summary: "NAT that may choose: in the range, kept, nobody else's; by hash, at random, persistent; exhaustion",
    size: 40,
    session: natRangeSession,
  },
  flows: { summary: 'random frames through random flows without the tracker', size: 60, session: pipelineSession },
  labels: {
    summary: 'MPLS labels: pushed, popped, set, matched, up to four of them, with VLANs',
    size: 40,
    session: labelSession,
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
