/**
 * Flow programs in which packets go through the tracker again and again: several zones, nested ct, ct in groups,
 * ct_clear, force, resubmit with the connection's tuple.
 */
import type { Rng } from '../../datapath/base/rng.js';
import { numbered, VIEWS } from './ct-programs.js';
import { pick } from './talks.js';

const STAGES = 4;
const OUT = 9;
const ZONES = [
  'zone=1',
  'zone=2',
  'zone=3',
  'zone=NXM_NX_REG0[0..15]',
  'zone=NXM_NX_CT_ZONE[]',
  'zone=NXM_NX_CT_MARK[0..15]',
];
const EXECS = [
  '',
  '',
  ',exec(set_field:0x5->ct_mark)',
  ',exec(set_field:0x30/0xf0->ct_mark)',
  ',exec(load:0x7->NXM_NX_CT_LABEL[64..95])',
  ',exec(move:NXM_NX_REG0[0..15]->NXM_NX_CT_LABEL[0..15],set_field:0x2/0x2->ct_mark)',
];
const STATES = ['+trk+new', '+trk+est', '+trk+est+rpl', '+trk+inv', '+trk+rel', '+trk', '-trk'];
const GROUPS = 4;

export interface PipelineProgram {
  flows: string;
  groups: string;
}

export function pipelineProgram(rng: Rng): PipelineProgram {
  const flows = [
    ...['ip', 'ipv6'].map((family) => `table=0,priority=10,${family},actions=load:0x2->NXM_NX_REG0[],${step(rng, 0)}`),
    'table=0,priority=1,actions=drop',
  ];
  for (let table = 1; table < STAGES; table++)
    for (const [i, state] of STATES.entries())
      for (const family of ['ip', 'ipv6'])
        if (rng.below(5) > 0) flows.push(flow(rng, table, i, `ct_state=${state},${family}`));
  for (let table = 1; table < STAGES; table++) {
    flows.push(`table=${table},priority=90,ct_mark=0x5/0xf,ip,actions=${allowed(rng, table, '')}`);
    flows.push(`table=${table},priority=91,ct_label=0x2/0xff,ip,actions=${allowed(rng, table, '')}`);
    flows.push(
      `table=${table},priority=92,udp,tp_dst=80,ct_zone=${1 + rng.below(3)},actions=${allowed(rng, table, '')}`,
    );
    flows.push(`table=${table},priority=1,actions=resubmit(,${table + 1})`);
  }
  const groups = Array.from({ length: GROUPS }, (_, i) => group(rng, i + 1)).join('\n');
  return {
    flows: numbered([...flows, `table=${STAGES},actions=resubmit(,${OUT})`, ...pick(rng, VIEWS), ...FORWARD]),
    groups,
  };
}

const FORWARD = [
  'table=10,priority=1,in_port=1,actions=2',
  'table=10,priority=1,in_port=2,actions=1',
  'table=10,priority=1,in_port=3,actions=1,2',
];

const flow = (rng: Rng, table: number, i: number, match: string): string =>
  `table=${table},priority=${50 + 2 * i},${match},actions=${allowed(rng, table, match)}`;

/** Invalid packets cannot be committed, and the tuple of a connection needs one. */
function allowed(rng: Rng, table: number, match: string): string {
  for (;;) {
    const actions = step(rng, table);
    if (match.includes('+inv') && actions.includes('commit')) continue;
    if (!/new|est|rel/.test(match) && actions.includes(',ct)')) continue;
    return actions;
  }
}

/** How a packet gets from one table to a later one; what is done for it besides leaves by port 3. */
function step(rng: Rng, table: number): string {
  const next = table + 1 + rng.below(STAGES - table);
  const on = `resubmit(,${next})`;
  return pick(rng, STEPS)(rng, next, on, table);
}

const words = (rng: Rng): string =>
  [...(rng.below(2) === 0 ? [] : [`commit${pick(rng, ['', '', ',force'])}`]), pick(rng, ZONES)].join(',');

/** ct(...) with what may be written only where it commits. */
function ct(rng: Rng, table = ''): string {
  const list = words(rng);
  return `ct(${list}${list.startsWith('commit') ? pick(rng, EXECS) : ''}${table})`;
}

const STEPS: readonly ((rng: Rng, next: number, on: string, table: number) => string)[] = [
  (rng, next) => ct(rng, `,table=${next}`),
  (rng, next) => ct(rng, `,table=${next}`),
  (rng, next) => `${ct(rng)},${ct(rng, `,table=${next}`)}`,
  (rng, _, on) => `${ct(rng)},${on}`,
  (rng, next) => `ct_clear,${ct(rng, `,table=${next}`)}`,
  (_, _next, on) => `ct_clear,${on}`,
  (rng, _, on) => `${ct(rng, ',table=10')},${on}`,
  (rng, next) => `load:${rng.below(4)}->NXM_NX_REG0[],${ct(rng, `,table=${next}`)}`,
  (rng, _, on, table) => (table === 0 ? on : `group:${1 + rng.below(GROUPS)},${on}`),
  (_, next, on, table) => (table === 0 ? on : `resubmit(,${next},ct)`),
  (_, _next, on) => on,
  () => `resubmit(,${OUT})`,
];

/**
 * What a group does leaves by port 3, so that which bucket was first does not matter. Behind a ct_clear in a bucket, Open vSwitch
 * does no other one.
 */
function group(rng: Rng, id: number): string {
  const type = pick(rng, ['all', 'indirect', 'ff']);
  const bucket = (): string =>
    `bucket=${type === 'ff' ? 'watch_port:2,' : ''}actions=${pick(rng, [ct(rng, ',table=10'), `${ct(rng)},3`, `push_vlan:0x8100,set_field:4101->vlan_vid,${ct(rng)},3`])}`;
  const buckets = type === 'all' ? [bucket(), bucket()] : [bucket()];
  return `group_id=${id},type=${type},${buckets.join(',')}`;
}
