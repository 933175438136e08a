/**
 * Flow programs that track connections, drawn at random: which zones, who may open, what is committed, marked and translated.
 * Every frame leaves with what the tracker said of it written over its Ethernet addresses.
 *
 * Ports: 1 and 2 are the two sides, 3 is a router's (errors about either come from there).
 */
import type { Rng } from '../../datapath/base/rng.js';

export interface CtProgram extends Shape {
  name: string;
  /** As text, each with its number as its cookie. */
  program: string;
}

export type Kind = 'tcp' | 'udp' | 'echo' | 'other';

interface Shape {
  flows: string[];
  /** What clients of port 1 dial instead of a server's address, where the program translates destinations. */
  dial: string | null;
  /** True if addresses change on the way. */
  translates: boolean;
  /** The conversations that Open vSwitch 3.1 carries through it as we do. */
  kinds: readonly Kind[];
}

const VIP = '10.0.3.1';
const NAT_SRC = '10.0.2.254';
const NAT_SRC6 = 'fc00:2::fe';
const REAL = '10.0.1.1';

const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)];

/** What is written over the Ethernet addresses: state, zone and mark; the label; or the original direction. */
export const VIEWS: readonly (readonly string[])[] = [
  [
    'table=9,actions=move:NXM_NX_CT_STATE[]->NXM_OF_ETH_SRC[0..31],move:NXM_NX_CT_ZONE[]->NXM_OF_ETH_SRC[32..47],move:NXM_NX_CT_MARK[]->NXM_OF_ETH_DST[0..31],resubmit(,10)',
  ],
  [
    'table=9,actions=move:NXM_NX_CT_LABEL[0..47]->NXM_OF_ETH_SRC[],move:NXM_NX_CT_LABEL[80..127]->NXM_OF_ETH_DST[],resubmit(,10)',
  ],
  [
    'table=9,priority=1,actions=resubmit(,10)',
    'table=9,priority=2,ip,ct_state=+trk-inv,actions=move:NXM_NX_CT_NW_SRC[]->NXM_OF_ETH_SRC[0..31],move:NXM_NX_CT_NW_DST[]->NXM_OF_ETH_DST[0..31],move:NXM_NX_CT_TP_SRC[]->NXM_OF_ETH_SRC[32..47],move:NXM_NX_CT_TP_DST[]->NXM_OF_ETH_DST[32..47],resubmit(,10)',
    'table=9,priority=2,ipv6,ct_state=+trk-inv,actions=move:NXM_NX_CT_IPV6_SRC[0..47]->NXM_OF_ETH_SRC[],move:NXM_NX_CT_IPV6_DST[0..31]->NXM_OF_ETH_DST[0..31],move:NXM_NX_CT_NW_PROTO[]->NXM_OF_ETH_DST[40..47],resubmit(,10)',
  ],
];

const FORWARD = [
  'table=10,priority=1,in_port=1,actions=2',
  'table=10,priority=1,in_port=2,actions=1',
  'table=10,priority=2,in_port=3,ip,nw_dst=10.0.0.0/24,actions=1',
  'table=10,priority=2,in_port=3,ipv6,ipv6_dst=fc00::/32,actions=1',
  'table=10,priority=1,in_port=3,actions=2',
];

export function ctProgram(rng: Rng): CtProgram {
  const { name, make } = pick(rng, SHAPES);
  const shape = make(rng);
  const all = [...shape.flows, 'table=0,priority=1,arp,actions=resubmit(,10)', ...pick(rng, VIEWS), ...FORWARD];
  return { ...shape, name, program: numbered(all) };
}

export const numbered = (flows: readonly string[]): string =>
  flows.map((flow, i) => `cookie=0x${(i + 1).toString(16)},${flow}`).join('\n');

const SHAPES: readonly { name: string; make(rng: Rng): Shape }[] = [
  { name: 'one zone', make: oneZone },
  { name: 'one zone', make: oneZone },
  { name: 'commit at once', make: atOnce },
  { name: 'two zones', make: twoZones },
  { name: 'source NAT', make: sourceNat },
  { name: 'destination NAT', make: destinationNat },
  { name: 'full NAT', make: fullNat },
];

const ALL: readonly Kind[] = ['tcp', 'tcp', 'tcp', 'udp', 'echo', 'other'];
/** It does not translate the ids of echo requests where it translates ports. */
const WITH_PORTS: readonly Kind[] = ['tcp', 'tcp', 'udp', 'other'];
/** It stops at an assertion of its own when TCP meets a null translation. */
const WITHOUT_TCP: readonly Kind[] = ['udp', 'udp', 'echo', 'other'];
const PLAIN = { dial: null, translates: false, kinds: ALL } as const;

const families = (flow: string): string[] => ['ip', 'ipv6'].map((family) => flow.replace('FAMILY', family));

/** zone=... for an action; a register has been loaded with the number in table 0. */
const zone = (rng: Rng): string => pick(rng, ['', ',zone=1', ',zone=65535', ',zone=NXM_NX_REG0[0..15]']);

/** What a commit may write. */
function exec(rng: Rng): string {
  return pick(rng, [
    '',
    ',exec(set_field:0x5->ct_mark)',
    ',exec(set_field:0x30/0xf0->ct_mark,set_field:0x5000000000000000000000000000a->ct_label)',
    ',exec(load:0x7->NXM_NX_CT_LABEL[64..95],move:NXM_OF_IN_PORT[]->NXM_NX_CT_MARK[0..15])',
    ',exec(load:1->NXM_NX_CT_MARK[31],move:NXM_NX_REG5[0..7]->NXM_NX_CT_LABEL[8..15])',
  ]);
}

/** Who judges: invalid packets and related ones go on or not, the sides that may open may. */
function judge(rng: Rng, table: number, commit: string, onward: string): string[] {
  const openers = pick(rng, ['in_port=1,', '', 'in_port=2,']);
  const update = rng.below(4) === 0;
  // Invalid packets may not be committed.
  const invalid = onward.includes('commit') ? 'drop' : pick(rng, ['drop', onward, onward]);
  const flows = [
    ...families(`table=${table},priority=100,ct_state=+trk+inv,FAMILY,actions=${invalid}`),
    ...families(`table=${table},priority=90,${openers}ct_state=+trk+new-rel,FAMILY,actions=${commit}`),
    ...families(`table=${table},priority=80,ct_state=+trk+rel,FAMILY,actions=${pick(rng, [onward, onward, commit])}`),
    ...families(`table=${table},priority=70,ct_state=+trk+est+rpl,FAMILY,actions=${onward}`),
    ...families(`table=${table},priority=70,ct_state=+trk+est-rpl,FAMILY,actions=${onward}`),
    ...families(`table=${table},priority=1,FAMILY,actions=${pick(rng, ['drop', onward])}`),
  ];
  if (!update) return flows;
  return [
    ...flows,
    ...families(
      `table=${table},priority=75,ct_state=+trk+est,ct_mark=0x5,FAMILY,actions=ct(commit,exec(load:0x6->NXM_NX_CT_MARK[]),table=9)`,
    ),
    ...families(
      `table=${table},priority=76,ct_state=+trk+est,ct_label=0x70000000000000000/0xf0000000000000000,FAMILY,actions=${onward}`,
    ),
  ];
}

const entrance = (first: string): string[] =>
  families(
    `table=0,priority=10,ct_state=-trk,FAMILY,actions=load:0x1234->NXM_NX_REG0[],load:0x99->NXM_NX_REG5[],${first}`,
  );

function oneZone(rng: Rng): Shape {
  const z = zone(rng);
  const force = pick(rng, ['', '', '', ',force']);
  const done = pick(rng, [
    `ct(commit${force}${z}${exec(rng)}),resubmit(,9)`,
    `ct(commit${force}${z}${exec(rng)},table=9)`,
    'resubmit(,9)',
  ]);
  return {
    flows: [...entrance(`ct(table=1${z})`), ...judge(rng, 1, done, 'resubmit(,9)')],
    ...PLAIN,
  };
}

function atOnce(rng: Rng): Shape {
  const words = `commit${pick(rng, ['', '', ',force'])}${zone(rng)}${exec(rng)}`;
  // By a port of its own: what goes on and what comes back from the tracker leave in another order than in Open vSwitch.
  const tail = pick(rng, ['', ',ct_clear,3']);
  return { flows: entrance(`ct(${words},table=9)${tail}`), ...PLAIN };
}

function twoZones(rng: Rng): Shape {
  const second = pick(rng, [
    `ct(commit,zone=2${exec(rng)},table=9)`,
    'ct(zone=2,table=9)',
    'ct_clear,ct(zone=2,table=2)',
  ]);
  const flows = [
    ...entrance('ct(table=1,zone=1)'),
    ...judge(rng, 1, `ct(commit,zone=1${exec(rng)}),${second}`, second),
    ...judge(rng, 2, `ct(commit,zone=2${exec(rng)},table=9)`, 'resubmit(,9)'),
  ];
  return { flows, ...PLAIN };
}

function sourceNat(rng: Rng): Shape {
  const z = zone(rng);
  const to = pick(rng, [NAT_SRC, NAT_SRC, '0.0.0.0', `${NAT_SRC}:5000`]);
  const kinds = to === '0.0.0.0' ? WITHOUT_TCP : to === NAT_SRC ? ALL : WITH_PORTS;
  const words = (nat: string): string => `ct(commit${z},nat(src=${nat})${exec(rng)},table=9)`;
  const flows = [
    ...entrance(`ct(table=1${z},nat)`),
    `table=1,priority=100,ct_state=+trk+inv,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
    `table=1,priority=90,ip,in_port=1,ct_state=+trk+new-rel,actions=${words(to)}`,
    `table=1,priority=90,ipv6,in_port=1,ct_state=+trk+new-rel,actions=${words(NAT_SRC6)}`,
    'table=1,priority=80,ct_state=+trk+rel,actions=resubmit(,9)',
    'table=1,priority=80,ct_state=+trk+est,actions=resubmit(,9)',
    `table=1,priority=1,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
  ];
  return { flows, dial: null, translates: true, kinds };
}

function destinationNat(rng: Rng): Shape {
  const port = pick(rng, ['', ':8080']);
  const z = zone(rng);
  const flows = [
    ...entrance(`ct(table=1${z},nat)`),
    `table=1,priority=100,ct_state=+trk+inv,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
    `table=1,priority=90,ip,nw_dst=${VIP},ct_state=+trk+new-rel,actions=ct(commit${z},nat(dst=${REAL}${port})${exec(rng)},table=9)`,
    `table=1,priority=1,actions=resubmit(,9)`,
  ];
  return { flows, dial: VIP, translates: true, kinds: port === '' ? ALL : WITH_PORTS };
}

/** Destinations in zone 1, sources in zone 2; answers go back through both. */
function fullNat(rng: Rng): Shape {
  const flows = [
    'table=0,priority=10,ip,in_port=1,actions=ct(table=1,zone=1,nat)',
    'table=0,priority=10,ip,in_port=2,actions=ct(table=3,zone=2,nat)',
    'table=0,priority=10,ip,in_port=3,actions=ct(table=3,zone=2,nat)',
    `table=1,priority=100,ct_state=+trk+inv,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
    `table=1,priority=90,ip,nw_dst=${VIP},ct_state=+trk+new-rel,actions=ct(commit,zone=1,nat(dst=${REAL})${exec(rng)},table=2)`,
    'table=1,priority=1,ip,actions=ct(table=2,zone=2,nat)',
    `table=2,priority=90,ip,ct_state=+new+trk,actions=ct(commit,zone=2,nat(src=${NAT_SRC}),table=9)`,
    `table=2,priority=90,ip,ct_state=+trk,ct_zone=1,actions=ct(commit,zone=2,nat(src=${NAT_SRC}),table=9)`,
    'table=2,priority=1,actions=resubmit(,9)',
    'table=3,priority=10,ip,actions=ct(table=9,zone=1,nat)',
  ];
  return { flows, dial: VIP, translates: true, kinds: ALL };
}
