/**
 * Sessions about FTP's helper: control connections that announce data connections, well and badly, and the data connections,
 * plain and under translation that makes the text longer or shorter, so that sequence numbers are shifted ever after.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { numbered, VIEWS } from './ct-programs.js';
import type { Session } from './session.js';
import { actOut } from './stage.js';
import { pick, type SegmentSay, type Talk } from './talks.js';
import { TcpEnd } from './tcp-end.js';

/** What stands for the client or is dialled for the server; texts of other lengths than 10.0.0.1 and 10.0.1.1. */
interface Hiding {
  name: string;
  /** nat(...) of a control connection. */
  nat4: string;
  nat6: string;
  dial4?: string;
  dial6?: string;
}

const HIDINGS: readonly Hiding[] = [
  { name: 'plain', nat4: '', nat6: '' },
  { name: 'longer source', nat4: ',nat(src=10.200.202.254)', nat6: ',nat(src=fc00:2222::fefe)' },
  { name: 'shorter source', nat4: ',nat(src=9.9.9.9)', nat6: ',nat(src=fc0::1)' },
  { name: 'source of the same length', nat4: ',nat(src=10.0.0.9)', nat6: ',nat(src=fc00::9)' },
  {
    name: 'longer destination',
    nat4: ',nat(dst=10.0.1.1)',
    nat6: ',nat(dst=fc00:1::1)',
    dial4: '10.200.203.203',
    dial6: 'fc00:3333:4444::1',
  },
  {
    name: 'shorter destination',
    nat4: ',nat(dst=10.0.1.1)',
    nat6: ',nat(dst=fc00:1::1)',
    dial4: '9.9.9.9',
    dial6: 'fc::3',
  },
];

export async function ftpSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const hiding = pick(rng, HIDINGS);
  const flows = program(rng, hiding);
  const talks = Array.from({ length: conversations }, (_, i) => new FtpTalk(rng, hiding, i));
  const steps = await actOut(rng, { flows, pauses: [1, 50, 200] }, talks);
  return { name: `FTP, ${hiding.name}`, seed, flows, steps, pace: 'singly' };
}

/** A frame as Open vSwitch's dummy ports make it has no room to grow; a tag put on and taken off again leaves some. */
const ROOM = 'mod_vlan_vid:5,output:3,strip_vlan';

function program(rng: Rng, { nat4, nat6 }: Hiding): string {
  const zone = pick(rng, ['', ',zone=7']);
  const nat = nat4 === '' ? '' : ',nat';
  const exec = pick(rng, [
    '',
    ',exec(set_field:0x5->ct_mark)',
    ',exec(set_field:0x6->ct_mark,load:0x7->NXM_NX_CT_LABEL[64..95])',
  ]);
  return numbered([
    `table=0,priority=10,ip,actions=${ROOM},ct(table=1${zone}${nat})`,
    `table=0,priority=10,ipv6,actions=${ROOM},ct(table=1${zone}${nat})`,
    `table=1,priority=100,ct_state=+trk+inv,actions=${pick(rng, ['drop', 'resubmit(,9)'])}`,
    `table=1,priority=95,ip,ct_state=+trk+new+rel,actions=ct(commit${zone}${nat}${exec},table=9)`,
    `table=1,priority=95,ipv6,ct_state=+trk+new+rel,actions=ct(commit${zone}${nat}${exec},table=9)`,
    `table=1,priority=90,tcp,in_port=1,tp_dst=21,ct_state=+trk+new-rel,actions=ct(commit${zone},alg=ftp${nat4}${exec},table=9)`,
    `table=1,priority=90,tcp6,in_port=1,tp_dst=21,ct_state=+trk+new-rel,actions=ct(commit${zone},alg=ftp${nat6}${exec},table=9)`,
    `table=1,priority=70,ct_state=+trk+est,actions=resubmit(,9)`,
    'table=1,priority=70,ct_state=+trk+new,actions=resubmit(,9)',
    ...pick(rng, VIEWS),
    'table=10,priority=1,in_port=1,actions=2',
    'table=10,priority=1,in_port=2,actions=1',
  ]);
}

type Line = (talk: FtpTalk) => SegmentSay | null;

/** How PORT, 227 and EPRT may be written: right, in other ways, wrong. NUMBERS are a,b,c,d,p,p; ADDRESS and PORT for IPv6. */
const PORTS4 = [
  'PORT NUMBERS\r\n',
  'PORT NUMBERS\r\n',
  'PORT NUMBERS\r\n',
  'port NUMBERS\r\n',
  'PORT  NUMBERS\r\n',
  'PORT NUMBERS',
  'PORT 10,0,0,99,4,1\r\n',
  'PORT NUMBERS,7\r\n',
  'PORT 10,0,0\r\n',
  'PORT 10,0,0,256,4,1\r\n',
  'PORT\r\n',
  ' PORT NUMBERS\r\n',
  'NOOP\r\nPORT NUMBERS\r\n',
  'XPORT NUMBERS\r\n',
];
const REPLIES4 = [
  '227 Entering Passive Mode (NUMBERS).\r\n',
  '227 Entering Passive Mode (NUMBERS).\r\n',
  '227 Entering Passive Mode (NUMBERS).\r\n',
  '227 =NUMBERS\r\n',
  '227 Entering Passive Mode.\r\n',
  '227 Entering Passive Mode (10,0,1,1,300,1)\r\n',
  '227-NUMBERS\r\n',
  '2270 NUMBERS\r\n',
  '227 Entering Passive Mode (10,9,9,9,4,1)\r\n',
];
const PORTS6 = [
  'EPRT |2|ADDRESS|PORT|\r\n',
  'EPRT |2|ADDRESS|PORT|\r\n',
  'EPRT |2|ADDRESS|PORT|\r\n',
  'eprt |2|ADDRESS|PORT|\r\n',
  'EPRT |1|ADDRESS|PORT|\r\n',
  'EPRT |2|fc00::99|PORT|\r\n',
  'EPRT |2|ADDRESS|\r\n',
  'EPRT |2|ADDRESS|99999|\r\n',
  'EPRT\r\n',
];
const REPLIES6 = [
  '229 Entering Extended Passive Mode (|||PORT|)\r\n',
  '229 Entering Extended Passive Mode (|||PORT|)\r\n',
  '229 Extended Passive Mode OK (|||PORT|)\r\n',
  '229 EXTENDED PASSIVE MODE (|||PORT|)\r\n',
  '229 Entering Extended Passive Mode\r\n',
  '229 Entering Extended Passive Mode (|||99999|)\r\n',
];
const CHATTER: readonly [string, string][] = [
  ['USER a\r\n', '331 ok\r\n'],
  ['PWD\r\n', '257 "/"\r\n'],
  ['NOOP\r\n', '200 ok\r\n'],
];

class FtpTalk implements Talk<SegmentSay> {
  private readonly isV6: boolean;
  private readonly client: TcpEnd;
  private readonly server: TcpEnd;
  /** Of the data connection under way: who opens it, who listens. */
  private opener: TcpEnd | null = null;
  private listener: TcpEnd | null = null;
  /** Where the opener has been told to go. */
  private told: { address: string | null; port: number } | null = null;
  private readonly script: Line[] = [];
  private last: SegmentSay | null = null;
  private transfers = 0;
  private said = 0;

  constructor(
    private readonly rng: Rng,
    { dial4, dial6 }: Hiding,
    private readonly number: number,
  ) {
    this.isV6 = rng.below(3) === 0;
    const client = {
      address: this.isV6 ? `fc00::${1 + (number % 4)}` : `10.0.0.${1 + (number % 4)}`,
      port: 3000 + number,
    };
    const server = { address: this.isV6 ? (dial6 ?? 'fc00:1::1') : (dial4 ?? '10.0.1.1'), port: 21 };
    this.client = new TcpEnd(1, client, server, rng.next());
    this.server = new TcpEnd(2, server, client, rng.next());
    const greeting: Line[] = [
      ({ client }) => client.say('S'),
      ({ server }) => server.say('SA'),
      ({ client }) => client.say('A'),
      ({ server }) => server.say('PA', '220 ready\r\n'),
    ];
    this.script.push(...greeting, ...this.plot());
  }

  private plot(): Line[] {
    const lines: Line[] = [];
    for (let i = 1 + this.rng.below(3); i > 0; i--) {
      if (this.rng.below(2) === 0) {
        const [request, answer] = pick(this.rng, CHATTER);
        lines.push(
          ({ client }) => client.say('PA', request),
          ({ server }) => server.say('PA', answer),
        );
      }
      lines.push(...(this.rng.below(2) === 0 ? this.active() : this.passive()), ...this.transfer());
      lines.push(
        ({ server }) => server.say('PA', '226 done\r\n'),
        ({ client }) => client.say('A'),
      );
    }
    if (this.rng.below(2) === 0)
      lines.push(
        ({ client }) => client.say('FA'),
        ({ server }) => server.say('FA'),
        ({ client }) => client.say('A'),
      );
    return lines;
  }

  /** The client listens, the server comes. */
  private active(): Line[] {
    return [
      (talk) => {
        const port = talk.begin(talk.client, talk.server, 20);
        return talk.client.say('PA', this.announce(this.isV6 ? PORTS6 : PORTS4, this.client.self.address, port));
      },
      ({ server }) => server.say('PA', '200 ok\r\n'),
    ];
  }

  /** The server listens, the client comes. */
  private passive(): Line[] {
    return [
      ({ client }) => client.say('PA', this.isV6 ? 'EPSV\r\n' : 'PASV\r\n'),
      (talk) => {
        const port = talk.begin(talk.server, talk.client, 5000 + this.number * 8 + this.transfers);
        return talk.server.say('PA', this.announce(this.isV6 ? REPLIES6 : REPLIES4, this.server.self.address, port));
      },
    ];
  }

  private begin(listening: TcpEnd, opening: TcpEnd, from: number): number {
    const port = 20_000 + this.number * 16 + this.transfers++;
    const nobody = { address: opening.self.address, port: from };
    this.listener = new TcpEnd(listening.port, { address: listening.self.address, port }, nobody, this.rng.next());
    this.opener = new TcpEnd(opening.port, nobody, { address: listening.self.address, port }, this.rng.next());
    this.told = null;
    return port;
  }

  private announce(ways: readonly string[], address: string, port: number): string {
    const numbers = [...address.split('.'), port >> 8, port & 255].join(',');
    const text = pick(this.rng, ways)
      .replace('NUMBERS', numbers)
      .replace('ADDRESS', address)
      .replace('PORT|', `${port}|`);
    return filled(text, this.isV6);
  }

  private transfer(): Line[] {
    const data = 'x'.repeat(pick(this.rng, [0, 10, 500]));
    const lines: Line[] = [
      ({ opener, told }) => {
        if (opener === null || told === null) return null;
        opener.peer = { address: told.address ?? opener.peer.address, port: told.port };
        if (told.address === null) opener.peer.address = (opener.port === 1 ? this.client : this.server).peer.address;
        return opener.say('S');
      },
      ({ listener }) => (listener?.got === 0 ? null : (listener?.say('SA') ?? null)),
      ({ opener }) => (opener?.got === 0 ? null : (opener?.say('A') ?? null)),
      ({ listener }) => (listener?.got === 0 ? null : (listener?.say('PA', data) ?? null)),
      ({ opener }) => (opener?.got === 0 ? null : (opener?.say('FA') ?? null)),
      ({ listener }) => (listener?.got === 0 ? null : (listener?.say('FA') ?? null)),
      ({ opener }) => (opener?.got === 0 ? null : (opener?.say('A') ?? null)),
    ];
    return lines.slice(0, 1 + this.rng.below(lines.length));
  }

  next(): SegmentSay | null {
    // Now and then something is said again.
    if (this.last !== null && !this.last.segment.flags?.includes('S') && this.rng.below(15) === 0) return this.last;
    for (let line = this.script.shift(); line !== undefined; line = this.script.shift()) {
      const say = line(this);
      if (say === null) continue;
      this.last = say;
      // Lost on the way, once each end knows the other's numbers.
      if (++this.said > 3 && this.rng.below(25) === 0) continue;
      return say;
    }
    return null;
  }

  heard(port: number, frame: Uint8Array): void {
    for (const end of [this.client, this.server]) {
      const text = end.hear(port, frame);
      if (text !== null && this.opener?.port === port) this.told = readAnnounced(text) ?? this.told;
    }
    this.opener?.hear(port, frame);
    this.listener?.hear(port, frame);
  }
}

/**
 * Open vSwitch writes a longer text beyond the end of its buffer, unless its allocator, which counts in sixteens, has left eight
 * bytes: the frame is made to have them.
 */
function filled(text: string, isV6: boolean): string {
  const headers = isV6 ? 74 : 54;
  const size = (headers + text.length) % 16;
  return size >= 1 && size < 9 ? text + ' '.repeat(9 - size) : text;
}

/** An address only where the text has one. */
function readAnnounced(text: string): { address: string | null; port: number } | null {
  const four = /(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)/.exec(text);
  if (four !== null) {
    const n = four.slice(1).map((digits) => Number(digits) & 255);
    return { address: n.slice(0, 4).join('.'), port: n[4] * 256 + n[5] };
  }
  const six = /\|2\|([0-9a-f:]+)\|(\d+)\|/.exec(text) ?? /\|\|()\|(\d+)\|/.exec(text);
  return six === null ? null : { address: six[1] === '' ? null : six[1], port: Number(six[2]) & 0xffff };
}
