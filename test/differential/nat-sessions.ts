/**
 * Sessions about translation whose result is determined: one address to hide behind, source ports that collide, hairpins, full
 * NAT in two zones, no translation at all; errors about what is translated; and what becomes of ports when connections expire.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { numbered, VIEWS } from './ct-programs.js';
import type { Session } from './session.js';
import { actOut } from './stage.js';
import { DatagramTalk, EchoTalk, Ends, ErrorTalk, pick, type SegmentSay, type Talk, TcpTalk } from './talks.js';

const SHORT_PAUSES = [1, 100, 3000];
/** Long enough for what is not established to expire, and to be swept. */
const LONG_PAUSES = [30_003, 61_007, 130_011];
/** At the ends of the classes within which a port is replaced, and so few that they collide. */
const CLIENT_PORTS = [1, 80, 511, 512, 599, 600, 1023, 1024, 5000, 65_535];

interface Shape {
  name: string;
  flows(rng: Rng): string[];
  /** What is dialled instead of the server. */
  dial4?: string;
  dial6?: string;
  kinds: readonly Kind[];
  /** Client ports come more than once. */
  collides?: boolean;
  /** The servers are among the clients. */
  isHairpin?: boolean;
}

type Kind = 'tcp' | 'udp' | 'echo' | 'other';
const ALL: readonly Kind[] = ['tcp', 'udp', 'udp', 'echo', 'other'];
/** Open vSwitch has ids of echo requests that collide share a connection. */
const COLLIDING: readonly Kind[] = ['tcp', 'udp', 'udp', 'other'];

export async function natSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const shape = pick(rng, SHAPES);
  const expires = rng.below(2) === 0;
  const flows = numbered([...shape.flows(rng), ...pick(rng, VIEWS), ...FORWARD]);
  const talks = Array.from({ length: conversations }, (_, i) => aTalk(rng, shape, i));
  const pauses = expires ? [...SHORT_PAUSES, ...LONG_PAUSES] : SHORT_PAUSES;
  const steps = await actOut(rng, { flows, pauses, pauseOneIn: 25 }, talks);
  return { name: shape.name, seed, flows, steps, pace: 'singly', awaitsSweep: expires };
}

const FORWARD = [
  'table=10,priority=5,ip,nw_dst=10.0.0.0/24,actions=load:0->NXM_OF_IN_PORT[],1',
  'table=10,priority=5,ipv6,ipv6_dst=fc00::/64,actions=load:0->NXM_OF_IN_PORT[],1',
  'table=10,priority=1,actions=load:0->NXM_OF_IN_PORT[],2',
];

/** In table 0 what a client sends and what comes back goes to the tracker; table 1 translates what is new. */
function translating(rng: Rng, words4: string, words6: string): string[] {
  const zone = pick(rng, ['', ',zone=1', ',zone=65535']);
  const invalid = pick(rng, ['drop', 'resubmit(,9)']);
  const exec = pick(rng, ['', ',exec(set_field:0x5->ct_mark)', ',exec(load:0x7->NXM_NX_CT_LABEL[64..95])']);
  return [
    ...['ip', 'ipv6'].map((family) => `table=0,priority=10,${family},actions=ct(table=1${zone},nat)`),
    `table=1,priority=100,ct_state=+trk+inv,actions=${invalid}`,
    `table=1,priority=90,ip,in_port=1,ct_state=+trk+new-rel,actions=ct(commit${zone},${words4}${exec},table=9)`,
    `table=1,priority=90,ipv6,in_port=1,ct_state=+trk+new-rel,actions=ct(commit${zone},${words6}${exec},table=9)`,
    'table=1,priority=1,actions=resubmit(,9)',
  ];
}

const SHAPES: readonly Shape[] = [
  {
    name: 'one source',
    flows: (rng) => translating(rng, 'nat(src=10.0.2.254)', 'nat(src=fc00:2::fe)'),
    kinds: ALL,
  },
  {
    name: 'one source, ports that collide',
    flows: (rng) => translating(rng, 'nat(src=10.0.2.254)', 'nat(src=fc00:2::fe)'),
    kinds: COLLIDING,
    collides: true,
  },
  {
    name: 'one source and port',
    flows: (rng) => translating(rng, 'nat(src=10.0.2.254:5000)', 'nat(src=[fc00:2::fe]:5000)'),
    kinds: COLLIDING,
    collides: true,
  },
  {
    name: 'one destination',
    flows: (rng) => translating(rng, 'nat(dst=10.0.1.1)', 'nat(dst=fc00:1::1)'),
    kinds: ALL,
    dial4: '10.0.3.1',
    dial6: 'fc00:3::1',
  },
  {
    name: 'one destination and port',
    flows: (rng) => translating(rng, 'nat(dst=10.0.1.1:8080)', 'nat(dst=[fc00:1::1]:8080)'),
    kinds: COLLIDING,
    dial4: '10.0.3.1',
    dial6: 'fc00:3::1',
    collides: true,
  },
  {
    name: 'no translation',
    flows: (rng) => translating(rng, 'nat(src=0.0.0.0)', 'nat(src=::)'),
    // Open vSwitch stops at an assertion of its own when TCP meets it.
    kinds: ['udp', 'echo', 'other'],
  },
  {
    name: 'hairpin',
    flows: () => [
      'table=0,priority=20,ip,nw_dst=10.0.3.1,in_port=1,actions=ct(table=1,zone=1,nat)',
      'table=0,priority=10,ip,in_port=1,actions=ct(table=4,zone=2,nat)',
      'table=0,priority=1,actions=drop',
      'table=1,priority=100,ct_state=+trk+inv,actions=drop',
      'table=1,priority=90,ip,ct_state=+trk+new,actions=ct(commit,zone=1,nat(dst=10.0.0.9),table=2)',
      'table=1,priority=1,ip,actions=resubmit(,2)',
      'table=2,ip,actions=ct(table=3,zone=2,nat)',
      'table=3,priority=100,ct_state=+trk+inv,actions=drop',
      'table=3,priority=90,ip,ct_state=+trk+new,actions=ct(commit,zone=2,nat(src=10.0.3.1),table=9)',
      'table=3,priority=1,actions=resubmit(,9)',
      'table=4,ip,actions=ct(table=9,zone=1,nat)',
    ],
    kinds: COLLIDING,
    dial4: '10.0.3.1',
    isHairpin: true,
  },
];

function aTalk(rng: Rng, shape: Shape, n: number): Talk<SegmentSay> {
  const isV6 = shape.isHairpin !== true && rng.below(4) === 0;
  const kind = pick(rng, shape.kinds);
  const host = 1 + (n % 4);
  const port = shape.collides === true && kind !== 'tcp' ? pick(rng, CLIENT_PORTS) : 2000 + n;
  const client = { address: isV6 ? `fc00::${host}` : `10.0.0.${host}`, port };
  const dialled = isV6 ? shape.dial6 : shape.dial4;
  const address = dialled ?? (isV6 ? `fc00:1::${1 + (n % 2)}` : `10.0.1.${1 + (n % 2)}`);
  const ends = new Ends([1, shape.isHairpin === true ? 1 : 2], client, { address, port: 80 });
  const plain = plainTalk(rng, kind, ends);
  // Of TCP in ICMPv6 errors, and of ICMPv6 errors in errors, Open vSwitch makes something else.
  if (kind === 'tcp' && isV6) return plain;
  return rng.below(3) === 0 ? new ErrorTalk(rng, plain) : plain;
}

function plainTalk(rng: Rng, kind: Kind, ends: Ends): Talk<SegmentSay> {
  if (kind === 'tcp') return new TcpTalk(rng, ends, true);
  if (kind === 'echo') return new EchoTalk(rng, ends);
  return kind === 'udp' ? new DatagramTalk(rng, ends, 'udp') : new DatagramTalk(rng, ends, 'gre', pick(rng, [47, 50]));
}
