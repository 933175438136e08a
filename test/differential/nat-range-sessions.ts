/**
 * Sessions about NAT with ranges: many clients behind a few addresses and ports, until nothing is free; chosen by hash, at random, or once
 * for each host.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { frameOf, ipBytes, type Segment } from '../helpers/segments.js';
import { numbered, VIEWS } from './ct-programs.js';
import { type Range, SourceRange } from './nat-ranges.js';
import type { FrameStep, Session } from './session.js';
import { pick } from './talks.js';
import { destinationOf, type Endpoint, sourceOf } from './wire.js';

/** Enough for everybody; or so few that the last ones get nothing, of one address: of several, who gets none is chance, too. */
const AMPLE = [null, [6000, 6063], [1024, 65_535]] as const;
const SCARCE = [
  [5000, 5004],
  [7000, 7000],
  [5000, 5011],
] as const;
const FLAGS = ['', '', ',persistent', ',random', ',hash'];

export function natRangeSession(seed: number, conversations: number): Session {
  const rng = new SeededRng(seed);
  const isV6 = rng.below(3) === 0;
  const count = pick(rng, [1, 3, 4, 8]);
  const ports = count === 1 && rng.below(2) === 0 ? pick(rng, SCARCE) : pick(rng, AMPLE);
  // Without a hash and a range to choose from there is nothing to be said about.
  const flags = ports === null && count === 1 ? '' : pick(rng, FLAGS);
  const addresses = Array.from({ length: count }, (_, i) =>
    isV6 ? `fc00:2:0:0:0:0:0:${(0x10 + i).toString(16)}` : `10.0.2.${16 + i}`,
  );
  const flows = program(rng, isV6, natWords(addresses, ports, flags, isV6));
  const talks = Array.from({ length: conversations }, (_, i) => aTalk(rng, i, isV6));
  const range: Range = { addresses: written(addresses), ports, isPersistent: flags.includes('persistent') };
  return {
    name: `NAT ranges${isV6 ? ', IPv6' : ''}${flags}`,
    seed,
    flows,
    steps: inTurns(rng, talks),
    pace: 'singly',
    blur: (isOwn) =>
      // Open vSwitch 3.1 takes no notice of the word.
      new SourceRange({ ...range, isPersistent: range.isPersistent && isOwn }, (talk) => talks[talk].client),
  };
}

/** As frames and dumps write them. */
const written = (addresses: readonly string[]): string[] =>
  addresses.flatMap((address) => [address, address.replace(':0:0:0:0:0:', '::')]);

function natWords(
  addresses: readonly string[],
  ports: readonly [number, number] | null,
  flags: string,
  isV6: boolean,
): string {
  const [first, last] = [addresses[0], addresses[addresses.length - 1]];
  const range = first === last ? first : `${first}-${last}`;
  if (ports === null) return `nat(src=${range}${flags})`;
  const numbers = ports[0] === ports[1] ? `${ports[0]}` : `${ports[0]}-${ports[1]}`;
  return `nat(src=${isV6 ? `[${first}]${first === last ? '' : `-[${last}]`}` : range}:${numbers}${flags})`;
}

function program(rng: Rng, isV6: boolean, nat: string): string {
  const family = isV6 ? 'ipv6' : 'ip';
  return numbered([
    `table=0,${family},actions=ct(table=1,zone=1,nat)`,
    `table=1,priority=100,ct_state=+trk+inv,actions=drop`,
    `table=1,priority=90,${family},in_port=1,ct_state=+trk+new-rel,actions=ct(commit,zone=1,${nat},table=9)`,
    'table=1,priority=1,actions=resubmit(,9)',
    // The original direction is the same whatever was chosen.
    ...pick(rng, VIEWS),
    'table=10,priority=1,in_port=1,actions=2',
    'table=10,priority=1,in_port=2,actions=1',
  ]);
}

interface Talk {
  client: Endpoint;
  server: Endpoint;
  proto: 'tcp' | 'udp';
  seq: number;
  steps: FrameStep[];
}

/** Hosts share source ports, so that translations collide. */
function aTalk(rng: Rng, n: number, isV6: boolean): Talk {
  const host = 1 + Math.floor(n / 8);
  const client = { address: isV6 ? `fc00:0:0:0:0:0:0:${host}` : `10.0.0.${host}`, port: 3000 + (n % 8) };
  const server = { address: isV6 ? 'fc00:1::1' : `10.0.1.${1 + (n & 1)}`, port: 80 };
  const talk: Talk = { client, server, proto: pick(rng, ['tcp', 'udp', 'udp']), seq: rng.next(), steps: [] };
  const { proto } = talk;
  const say = (flags: string, seq: number, ack: number): FrameStep => ask(talk, n, { flags, seq, ack });
  if (proto === 'udp') {
    for (let i = 1 + rng.below(4); i > 0; i--)
      talk.steps.push(rng.below(2) === 0 ? say('', 0, 0) : answer(talk, n, {}));
    talk.steps.unshift(say('', 0, 0));
  } else {
    const other = rng.next();
    talk.steps.push(say('S', talk.seq, 0), answer(talk, n, { flags: 'SA', seq: other, ack: (talk.seq + 1) | 0 }));
    talk.steps.push(
      say('A', (talk.seq + 1) | 0, (other + 1) | 0),
      answer(talk, n, { flags: 'PA', seq: (other + 1) | 0, ack: (talk.seq + 1) | 0, payload: 'hello' }),
    );
  }
  return talk;
}

function ask({ client, server, proto }: Talk, talk: number, rest: Partial<Segment>): FrameStep {
  const segment: Segment = {
    proto,
    src: client.address,
    dst: server.address,
    sport: client.port,
    dport: server.port,
    ...rest,
  };
  const text = `${proto} ${client.address}:${client.port} > ${server.address} ${rest.flags ?? ''}`;
  return { port: 1, advanceMs: 0, talk, text, frame: frameOf(ipBytes(segment)) };
}

/** To whoever the server has heard. */
function answer({ proto }: Talk, talk: number, rest: Partial<Segment>): FrameStep {
  const frame = (heard: Uint8Array): Uint8Array => {
    const [from, to] = [destinationOf(heard), sourceOf(heard)];
    // What was last heard may be an answer itself.
    const [server, client] = to.port === 80 ? [to, from] : [from, to];
    const segment: Segment = {
      proto,
      src: server.address,
      dst: client.address,
      sport: server.port,
      dport: client.port,
      ...rest,
    };
    return frameOf(ipBytes(segment));
  };
  return { port: 2, advanceMs: 0, talk, text: `${proto} answer ${rest.flags ?? ''}`, frame };
}

function inTurns(rng: Rng, talks: readonly Talk[]): FrameStep[] {
  const steps: FrameStep[] = [];
  const left = talks.map((talk) => [...talk.steps]);
  for (
    let open = left.filter((list) => list.length > 0);
    open.length > 0;
    open = left.filter((list) => list.length > 0)
  )
    steps.push(pick(rng, open).shift()!);
  return steps;
}
