/** Sessions about the tracker: a program, and conversations through it that take turns. */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { type CtProgram, ctProgram, type Kind } from './ct-programs.js';
import type { Session } from './session.js';
import { actOut } from './stage.js';
import { DatagramTalk, EchoTalk, Ends, ErrorTalk, pick, type SegmentSay, type Talk, TcpTalk } from './talks.js';

const UDP_LITE = 136;
const PAUSES = [1, 900, 5000, 15_000, 29_999, 30_000, 31_000, 60_000, 60_001, 100_000];
/** Under translation nothing expires here: `expiry-sessions.ts` is about that. */
const SHORT_PAUSES = [1, 10, 100, 250];

export async function ctSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const program = ctProgram(rng);
  const talks = Array.from({ length: conversations }, (_, i) => aTalk(rng, program, i));
  const steps = await actOut(
    rng,
    {
      flows: program.program,
      pauses: program.translates ? SHORT_PAUSES : PAUSES,
      // How much of a broken packet in an ICMP error is translated is not worth a comparison.
      maySpoil: ({ segment }) => !program.translates || segment.inner === undefined,
    },
    talks,
  );
  return { name: program.name, seed, flows: program.program, steps, pace: 'bursts' };
}

/** Mostly with hosts and ports of its own; now and then with those of an earlier one. */
function aTalk(rng: Rng, program: CtProgram, number: number): Talk<SegmentSay> {
  const isV6 = rng.below(4) === 0;
  const kind = pick(rng, program.kinds);
  const isTame = program.translates && kind === 'tcp';
  const ends = someEnds(rng, program, isTame || rng.below(6) > 0 ? number : rng.below(number + 1), isV6);
  const plain = plainTalk(rng, program, kind, ends);
  // Open vSwitch does not translate TCP's checksum within ICMPv6 errors well.
  if (kind === 'tcp' && isV6 && program.translates) return plain;
  return rng.below(5) === 0 ? new ErrorTalk(rng, plain) : plain;
}

function plainTalk(rng: Rng, program: CtProgram, kind: Kind, ends: Ends): Talk<SegmentSay> {
  if (kind === 'tcp') return new TcpTalk(rng, ends, program.translates);
  if (kind === 'echo') return new EchoTalk(rng, ends);
  if (kind === 'udp') return new DatagramTalk(rng, ends, 'udp');
  // Open vSwitch leaves the checksum of UDP-Lite as it was when it translates.
  const number = pick(rng, program.translates ? [47, 50] : [47, 50, UDP_LITE]);
  return new DatagramTalk(rng, ends, number === UDP_LITE ? 'udp' : 'gre', number);
}

/** Hosts and ports by number; now and then the other way round. */
function someEnds(rng: Rng, program: CtProgram, n: number, isV6: boolean): Ends {
  const host = 1 + (n % 4);
  const client = { address: isV6 ? `fc00::${host}` : `10.0.0.${host}`, port: 2000 + n };
  const servers = { address: isV6 ? `fc00:1::${1 + (n % 3)}` : `10.0.1.${1 + (n % 3)}`, port: pick(rng, [80, 80, 53]) };
  const server = program.dial !== null && !isV6 && rng.below(3) > 0 ? { ...servers, address: program.dial } : servers;
  if (rng.below(8) === 0) return new Ends([2, 1], servers, client);
  return new Ends([1, 2], client, server);
}
