/**
 * Sessions about TFTP's helper: requests, transfers from ports of the server's choice, under NAT that keeps ports; and what others make of
 * them.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import type { Segment } from '../helpers/segments.js';
import { numbered, VIEWS } from './ct-programs.js';
import type { Session } from './session.js';
import { actOut } from './stage.js';
import { pick, type SegmentSay, type Talk } from './talks.js';
import { destinationOf, type Endpoint, sourceOf } from './wire.js';

const HIDINGS = [
  { name: 'plain', nat4: '', nat6: '' },
  { name: 'source', nat4: ',nat(src=10.0.2.254)', nat6: ',nat(src=fc00:2::fe)' },
  {
    name: 'destination',
    nat4: ',nat(dst=10.0.1.1)',
    nat6: ',nat(dst=fc00:1::1)',
    dial4: '10.0.3.1',
    dial6: 'fc00:3::1',
  },
] as const;
type Hiding = { name: string; nat4: string; nat6: string; dial4?: string; dial6?: string };

export async function tftpSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const hiding: Hiding = pick(rng, HIDINGS);
  const flows = program(rng, hiding);
  const talks = Array.from({ length: conversations }, (_, i) => new TftpTalk(rng, hiding, i));
  const steps = await actOut(rng, { flows, pauses: [1, 50, 200] }, talks);
  return { name: `TFTP, ${hiding.name}`, seed, flows, steps, pace: 'singly' };
}

function program(rng: Rng, { nat4, nat6 }: Hiding): string {
  const zone = pick(rng, ['', ',zone=7']);
  const nat = nat4 === '' ? '' : ',nat';
  const exec = pick(rng, ['', ',exec(set_field:0x5->ct_mark)', ',exec(load:0x7->NXM_NX_CT_LABEL[64..95])']);
  return numbered([
    `table=0,priority=10,ip,actions=ct(table=1${zone}${nat})`,
    `table=0,priority=10,ipv6,actions=ct(table=1${zone}${nat})`,
    `table=1,priority=100,ct_state=+trk+inv,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
    `table=1,priority=95,ip,ct_state=+trk+new+rel,actions=ct(commit${zone}${nat}${exec},table=9)`,
    `table=1,priority=95,ipv6,ct_state=+trk+new+rel,actions=ct(commit${zone}${nat}${exec},table=9)`,
    `table=1,priority=90,udp,in_port=1,tp_dst=69,ct_state=+trk+new-rel,actions=ct(commit${zone},alg=tftp${nat4}${exec},table=9)`,
    `table=1,priority=90,udp6,in_port=1,tp_dst=69,ct_state=+trk+new-rel,actions=ct(commit${zone},alg=tftp${nat6}${exec},table=9)`,
    'table=1,priority=1,actions=resubmit(,9)',
    ...pick(rng, VIEWS),
    'table=10,priority=1,in_port=1,actions=2',
    'table=10,priority=1,in_port=2,actions=1',
  ]);
}

/** Opcodes of RFC 1350, and something that is none. */
const REQUESTS = ['\0\x01file\0octet\0', '\0\x02file\0octet\0', '\0\x01', 'nonsense'];

class TftpTalk implements Talk<SegmentSay> {
  private readonly client: Endpoint;
  private readonly dialled: Endpoint;
  /** As the server has heard the request. */
  private request: { from: Endpoint; to: Endpoint } | null = null;
  /** As the client has heard the data. */
  private data: { from: Endpoint } | null = null;
  private left: number;
  private readonly serverPort: number;

  constructor(
    private readonly rng: Rng,
    { dial4, dial6 }: Hiding,
    number: number,
  ) {
    const isV6 = rng.below(3) === 0;
    this.client = { address: isV6 ? `fc00::${1 + (number % 4)}` : `10.0.0.${1 + (number % 4)}`, port: 3000 + number };
    this.dialled = { address: isV6 ? (dial6 ?? 'fc00:1::1') : (dial4 ?? '10.0.1.1'), port: 69 };
    this.serverPort = 30_000 + number;
    this.left = 2 + rng.below(8);
  }

  next(): SegmentSay | null {
    if (this.left-- <= 0) return null;
    const { rng, client, dialled, request, data } = this;
    if (request === null || rng.below(8) === 0) return say(1, client, dialled, pick(rng, REQUESTS));
    const turn = rng.below(4);
    // From another port of the server's, from its own, from somebody else.
    if (turn === 0 || data === null) {
      const from =
        rng.below(6) === 0
          ? { ...request.to, port: pick(rng, [69, this.serverPort + 1]) }
          : { ...request.to, port: this.serverPort };
      return say(2, from, request.from, '\0\x03\0\x01data');
    }
    if (turn === 1 && rng.below(3) === 0)
      return say(2, { ...request.to, port: 40_000 }, { ...request.from, port: 5 }, 'stray');
    return say(1, client, data.from, '\0\x04\0\x01');
  }

  heard(port: number, frame: Uint8Array): void {
    const from = sourceOf(frame);
    const to = destinationOf(frame);
    if (port === 2 && to.port === 69) this.request = { from, to };
    if (port === 1 && from.port === this.serverPort) this.data = { from };
  }
}

function say(port: number, from: Endpoint, to: Endpoint, payload: string): SegmentSay {
  const segment: Segment = {
    proto: 'udp',
    src: from.address,
    dst: to.address,
    sport: from.port,
    dport: to.port,
    payload,
  };
  return { port, segment };
}
