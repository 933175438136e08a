/**
 * Sessions about the tracker: a program, and conversations through it that take turns. They are acted out on our switch, since
 * what an end says depends on what it hears; the frames that come of it are the session.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { type CtProgram, ctProgram, type Kind } from './ct-programs.js';
import { OwnSide } from './own-side.js';
import type { Session, Step } from './session.js';
import { PORTS } from './side.js';
import { DatagramTalk, EchoTalk, Ends, ErrorTalk, pick, type Say, type Talk, TcpTalk } from './talks.js';
import { describe, frameOfSegment, spoil, withProtocol } from './wire.js';

/** Conversations that go on at the same time. */
const AT_ONCE = 40;
const UDP_LITE = 136;
const PAUSES = [1, 900, 5000, 15_000, 29_999, 30_000, 31_000, 60_000, 60_001, 100_000];
/** Under translation nothing expires: Open vSwitch keeps the ports of a dead connection until its sweeper comes by. */
const SHORT_PAUSES = [1, 10, 100, 250];

export function ctSession(seed: number, conversations: number): Session {
  const rng = new SeededRng(seed);
  const program = ctProgram(rng);
  const stage = new Stage(rng, program);
  for (let i = 0; i < conversations; i++) stage.add(aTalk(rng, program, i));
  stage.play();
  return { name: program.name, seed, flows: program.program, steps: stage.steps, isSlow: false };
}

class Stage {
  readonly steps: Step[] = [];
  private readonly own: OwnSide;
  private readonly waiting: [number, Talk][] = [];
  /** On stage, with what each says next. */
  private readonly talking: { talk: Talk; number: number; say: Say }[] = [];
  private added = 0;

  constructor(
    private readonly rng: Rng,
    private readonly program: CtProgram,
  ) {
    this.own = new OwnSide(program.program);
  }

  add(talk: Talk): void {
    this.waiting.push([this.added++, talk]);
  }

  play(): void {
    for (let pause = 0; this.fill(); ) {
      const port = pick(this.rng, this.talking).say.port;
      for (const speaker of this.talking.filter(({ say }) => say.port === port)) {
        this.speak(speaker.talk, speaker.number, speaker.say, pause);
        pause = 0;
        const next = speaker.talk.next();
        if (next === null) this.talking.splice(this.talking.indexOf(speaker), 1);
        else speaker.say = next;
      }
      if (this.rng.below(12) === 0) pause = pick(this.rng, this.program.translates ? SHORT_PAUSES : PAUSES);
    }
  }

  /** False when nobody is left. */
  private fill(): boolean {
    while (this.talking.length < AT_ONCE && this.waiting.length > 0) {
      const [number, talk] = this.waiting.shift()!;
      const say = talk.next();
      if (say !== null) this.talking.push({ talk, number, say });
    }
    return this.talking.length > 0;
  }

  private speak(talk: Talk, number: number, say: Say, advanceMs: number): void {
    let frame = frameOfSegment(say.segment, this.steps.length + 1);
    let text = describe(say.segment);
    if (say.proto !== undefined) {
      frame = withProtocol(frame, say.proto);
      text += ` as protocol ${say.proto}`;
    }
    // How much of a broken packet in an ICMP error is translated is not worth a comparison.
    const isFragile = this.program.translates && say.segment.inner !== undefined;
    if (this.rng.below(40) === 0 && !isFragile) {
      frame = spoil(frame, this.rng);
      text += ', spoilt';
    }
    this.steps.push({ port: say.port, advanceMs, frame, talk: number, text });
    const [left] = this.own.play({ port: say.port, advanceMs, frames: [frame] });
    for (const [i, port] of PORTS.entries())
      for (const hex of left[i]) talk.heard(port, new Uint8Array(Buffer.from(hex, 'hex')));
  }
}

/** Mostly with hosts and ports of its own; now and then with those of an earlier one. */
function aTalk(rng: Rng, program: CtProgram, number: number): Talk {
  const isV6 = rng.below(4) === 0;
  const kind = pick(rng, program.kinds);
  const isTame = program.translates && kind === 'tcp';
  const ends = someEnds(rng, program, isTame || rng.below(6) > 0 ? number : rng.below(number + 1), isV6);
  const plain = plainTalk(rng, program, kind, ends);
  // Open vSwitch does not translate TCP's checksum within ICMPv6 errors well.
  if (kind === 'tcp' && isV6 && program.translates) return plain;
  return rng.below(5) === 0 ? new ErrorTalk(rng, plain) : plain;
}

function plainTalk(rng: Rng, program: CtProgram, kind: Kind, ends: Ends): Talk {
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
