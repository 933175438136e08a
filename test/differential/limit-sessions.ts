/** Sessions about limits, of a zone and of the whole table, set and taken back while connections come, and about flushes in between. */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { numbered, VIEWS } from './ct-programs.js';
import type { Session } from './session.js';
import { command, commands, type Order } from './side.js';
import { actOut } from './stage.js';
import { DatagramTalk, EchoTalk, Ends, type OrderSay, pick, type SegmentSay, type Talk, TcpTalk } from './talks.js';

const ZONES = [0, 1, 2, 7];
const RESTORE: readonly Order[] = [
  command('dpctl/ct-set-maxconns', '3000000'),
  command('dpctl/ct-del-limits', 'zone=0,1,2,7'),
];

export async function limitSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const flows = program(rng);
  const talks: Talk[] = Array.from({ length: conversations }, (_, i) => aTalk(rng, i));
  const orders = new OrderTalk(rng, conversations);
  const steps = await actOut(rng, { flows, pauses: [1, 10, 100] }, [orders, ...talks]);
  return {
    name: 'limits',
    seed,
    flows,
    steps,
    pace: 'singly',
    restore: RESTORE,
    finalOrders: [
      command('dpctl/ct-get-maxconns'),
      command('dpctl/ct-get-limits'),
      command('dpctl/ct-stats-show', 'zone=1'),
      command('dpctl/dump-conntrack', '-m', '-s', 'zone=2'),
    ],
  };
}

/** The zone is that of the client's network. */
function program(rng: Rng): string {
  const refused = pick(rng, ['drop', 'resubmit(,9)']);
  const zones = ZONES.flatMap((zone, i) => [
    `table=0,priority=10,ip,in_port=1,nw_src=10.0.${i}.0/24,actions=ct(table=1,zone=${zone})`,
    `table=0,priority=10,ip,in_port=2,nw_dst=10.0.${i}.0/24,actions=ct(table=1,zone=${zone})`,
    `table=0,priority=10,ipv6,in_port=1,ipv6_src=fc00:${i}::/32,actions=ct(table=1,zone=${zone})`,
    `table=0,priority=10,ipv6,in_port=2,ipv6_dst=fc00:${i}::/32,actions=ct(table=1,zone=${zone})`,
  ]);
  return numbered([
    ...zones,
    `table=1,priority=100,ct_state=+trk+inv,actions=${refused}`,
    'table=1,priority=90,ip,ct_state=+trk+new,actions=ct(commit,zone=NXM_NX_CT_ZONE[],table=2)',
    'table=1,priority=90,ipv6,ct_state=+trk+new,actions=ct(commit,zone=NXM_NX_CT_ZONE[],table=2)',
    'table=1,priority=1,actions=resubmit(,9)',
    'table=2,actions=resubmit(,9)',
    ...pick(rng, VIEWS),
    'table=10,priority=1,in_port=1,actions=2',
    'table=10,priority=1,in_port=2,actions=1',
  ]);
}

function aTalk(rng: Rng, number: number): Talk<SegmentSay> {
  const isV6 = rng.below(4) === 0;
  const net = rng.below(ZONES.length);
  const client = {
    address: isV6 ? `fc00:${net}::${1 + (number % 3)}` : `10.0.${net}.${1 + (number % 3)}`,
    port: 2000 + number,
  };
  const ends = new Ends([1, 2], client, { address: isV6 ? 'fc00:9::1' : '10.0.9.1', port: 80 });
  // A connection that has ended counts in Open vSwitch until it is swept: none is begun anew.
  if (rng.below(3) === 0) return new TcpTalk(rng, ends, true);
  return rng.below(3) === 0 ? new EchoTalk(rng, ends) : new DatagramTalk(rng, ends, 'udp');
}

/** Somebody who gives orders in between. */
class OrderTalk implements Talk<OrderSay> {
  private readonly waiting: Order[] = [];
  private readonly limited = new Set<number>();

  constructor(
    private readonly rng: Rng,
    private left: number,
  ) {}

  next(): OrderSay | null {
    if (this.left-- <= 0) return null;
    if (this.waiting.length === 0) this.waiting.push(...this.orders());
    const order = this.waiting.shift()!;
    return { order, text: JSON.stringify(order) };
  }

  private orders(): Order[] {
    const { rng, limited } = this;
    const at = zone(rng);
    if (rng.below(2) === 0) return [pick(rng, ORDERS)(rng)];
    if (!limited.has(at)) {
      limited.add(at);
      // Open vSwitch counts from now on only, so there is nothing before.
      return [
        commands(['dpctl/flush-conntrack', `zone=${at}`], ['dpctl/ct-set-limits', `zone=${at},limit=${number(rng)}`]),
      ];
    }
    if (rng.below(3) > 0) return [command('dpctl/ct-set-limits', `zone=${at},limit=${number(rng)}`)];
    limited.delete(at);
    return [command('dpctl/ct-get-limits', `zone=${at}`), command('dpctl/ct-del-limits', `zone=${at}`)];
  }

  heard(): void {}
}

const zone = (rng: Rng): number => pick(rng, ZONES);
const number = (rng: Rng): number => pick(rng, [0, 1, 2, 3, 5, 8, 20]);

/** A tuple of some connection, or of none; whole or in part. */
function tuple(rng: Rng, network: () => string): string {
  const proto = pick(rng, [6, 17, 1]);
  const port = 2000 + rng.below(60);
  const parts = [`ct_nw_src=${network()}`, 'ct_nw_dst=10.0.9.1', `ct_nw_proto=${proto}`];
  // Of ICMP's, Open vSwitch takes what is left out for 0.
  if (proto === 1) return [...parts, `icmp_id=${port}`, 'icmp_type=8', 'icmp_code=0'].join(',');
  parts.push(`ct_tp_src=${port}`, 'ct_tp_dst=80');
  return parts.filter((_, i) => i === 2 || rng.below(8) > 0).join(',');
}

const ORDERS: readonly ((rng: Rng) => Order)[] = [
  () => command('dpctl/ct-get-limits'),
  (rng) => command('dpctl/ct-set-maxconns', String(pick(rng, [0, 3, 10, 30, 3_000_000, 3_000_000]))),
  () => command('dpctl/ct-get-maxconns'),
  () => command('dpctl/ct-stats-show'),
  (rng) => command('dpctl/flush-conntrack', `zone=${zone(rng)}`),
  (rng) =>
    command(
      'dpctl/flush-conntrack',
      `zone=${zone(rng)}`,
      tuple(rng, () => `10.0.${rng.below(4)}.${1 + rng.below(3)}`),
    ),
  (rng) => command('dpctl/flush-conntrack', aTuple(rng)),
  (rng) => command('dpctl/flush-conntrack', `zone=${zone(rng)}`, aTuple(rng), 'ct_nw_src=10.0.9.1'),
  (rng) => command('dpctl/flush-conntrack', '', `ct_nw_proto=${pick(rng, [6, 17])},ct_nw_dst=10.0.${rng.below(4)}.1`),
];

const aTuple = (rng: Rng): string => tuple(rng, () => `10.0.${rng.below(4)}.${1 + rng.below(3)}`);
