/**
 * Sessions about MPLS: random flows that push, pop, set and count down labels and match on them, behind VLAN tags too, and frames with up
 * to four labels. Before each frame both forget their cached flows: those of Open vSwitch write the whole label that their first packet had
 * (docs/reference/differences-from-ovs.md), which is no matter of what the tables mean.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { labelled } from '../helpers/mpls-rows.js';
import { frame } from '../helpers/packets.js';
import { numbered } from './ct-programs.js';
import type { Session, Step } from './session.js';
import { command, PORTS } from './side.js';
import { pick } from './talks.js';

const TABLES = 4;
const FLOWS_PER_TABLE = 7;
/** A session has one of the two: where the number of labels stays, Open vSwitch forgets that the type has become the other. */
const KINDS = { mpls: '0x8847', mplsm: '0x8848' } as const;
type KindOfMpls = keyof typeof KINDS;
const LABELS = [0, 2, 3, 16, 100, 0xfffff];
const CLASSES = [0, 3, 7];
const TTLS = [1, 2, 64, 255];

const FRAMES = [
  'tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,nw_tos=184,nw_ecn=1,tp_src=1000,tp_dst=80,tcp_flags=ack',
  'udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=1,tp_src=1000,tp_dst=53',
  'icmp,nw_src=10.0.0.1,nw_dst=10.0.1.2,nw_ttl=2,icmp_type=8,icmp_code=0',
  'tcp6,ipv6_src=fc00::1,ipv6_dst=fc00::2,nw_ttl=64,nw_tos=32,tp_src=1000,tp_dst=80',
  'udp6,ipv6_src=fc00::1,ipv6_dst=fc00::2,nw_ttl=1,ipv6_label=0x12345,tp_src=1,tp_dst=2',
  'arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2',
];

type Term = (rng: Rng, kind: KindOfMpls) => string;

const MATCHES: readonly Term[] = [
  () => '',
  (_, kind) => kind,
  (rng, kind) => `${kind},mpls_label=${pick(rng, LABELS)}`,
  (rng, kind) => `${kind},mpls_tc=${pick(rng, CLASSES)}`,
  (rng, kind) => `${kind},mpls_ttl=${pick(rng, TTLS)}`,
  (rng, kind) => `${kind},mpls_bos=${rng.below(2)}`,
  (rng, kind) => `${kind},mpls_label=${pick(rng, LABELS)},mpls_bos=${rng.below(2)}`,
  (rng, kind) => `${pick(rng, [kind, 'ip', 'arp'])},dl_vlan=${pick(rng, [5, 7])}`,
  () => 'vlan_tci=0x1000/0x1000',
  (rng) => pick(rng, ['ip', 'tcp', 'udp', 'icmp', 'arp', 'ipv6', 'tcp6', 'udp6']),
  () => 'ip,nw_ttl=64',
  () => 'tcp,tp_dst=80',
  () => 'ipv6,nw_ttl=1',
  (rng) => `reg0=${rng.below(2)}`,
];

const LABEL_ACTIONS: readonly Term[] = [
  (_, kind) => `push_mpls:${KINDS[kind]}`,
  (rng, kind) => `push_mpls:${KINDS[kind]},set_field:${pick(rng, LABELS)}->mpls_label`,
  (_, kind) => `pop_mpls:${KINDS[kind]}`,
  (rng) => `pop_mpls:${pick(rng, ['0x0800', '0x0800', '0x86dd', '0x0806'])}`,
  (rng) => `set_mpls_label:${pick(rng, LABELS)}`,
  (rng) => `set_mpls_tc:${pick(rng, CLASSES)}`,
  (rng) => `set_mpls_ttl:${pick(rng, TTLS)}`,
  () => 'dec_mpls_ttl',
  (rng) => `set_field:${pick(rng, CLASSES)}->mpls_tc`,
  () => 'move:OXM_OF_MPLS_LABEL[0..7]->NXM_NX_REG0[0..7]',
  () => 'move:NXM_NX_MPLS_TTL[]->OXM_OF_MPLS_LABEL[0..7]',
  () => 'load:5->OXM_OF_MPLS_LABEL[4..7]',
];
const OTHER_ACTIONS: readonly Term[] = [
  () => 'push_vlan:0x8100,set_field:4103->vlan_vid',
  () => 'pop_vlan',
  (rng) => `output:${1 + rng.below(3)}`,
  (rng) => `load:${rng.below(2)}->NXM_NX_REG0[]`,
  () => 'set_field:02:00:00:00:00:09->eth_dst',
  () => 'dec_ttl',
  () => 'in_port',
];

export function labelSession(seed: number, frames: number): Session {
  const rng = new SeededRng(seed);
  const kind = pick(rng, ['mpls', 'mpls', 'mplsm'] as const);
  const flows: string[] = [];
  for (let table = 0; table < TABLES; table++)
    for (let i = 0; i < FLOWS_PER_TABLE; i++) {
      const match = i === 0 ? '' : pick(rng, MATCHES)(rng, kind);
      flows.push(
        `table=${table},priority=${i + 1}${match === '' ? '' : `,${match}`},actions=${actions(rng, kind, match, table)}`,
      );
    }
  const steps: Step[] = [];
  for (let talk = 0; talk < frames; talk++) {
    steps.push({ order: command('revalidator/purge'), advanceMs: 0, talk, text: 'purge' });
    steps.push({ port: pick(rng, PORTS), advanceMs: 0, talk, ...aFrame(rng, kind, talk) });
  }
  return { name: 'labels', seed, flows: numbered(flows), steps, pace: 'singly' };
}

/** Of what a flow's match and its actions so far say that the packet has: what needs more is not taken by either. */
interface Known {
  /** At least so many labels. */
  labels: number;
  isTagged: boolean;
  isIp: boolean;
}

function actions(rng: Rng, kind: KindOfMpls, match: string, table: number): string {
  const known: Known = {
    labels: !match.startsWith('mpls') ? 0 : match.includes('bos=0') ? 2 : 1,
    isTagged: /vlan/.test(match),
    isIp: /^(ip|tcp|udp|icmp)/.test(match),
  };
  const list: string[] = [];
  for (let i = rng.below(5); i > 0; i--) {
    const action = pick(rng, rng.below(3) > 0 ? LABEL_ACTIONS : OTHER_ACTIONS)(rng, kind);
    if (isAllowed(action, known)) list.push(note(action, known));
  }
  if (table < TABLES - 1 && rng.below(5) > 0) list.push(`resubmit(,${table + 1 + rng.below(TABLES - 1 - table)})`);
  else list.push(`output:${1 + rng.below(3)}`);
  return list.join(',');
}

/** The last label is not popped with a type of MPLS: what Open vSwitch then sends has neither the old label nor a bottom of the stack. */
function isAllowed(action: string, { labels, isTagged, isIp }: Known): boolean {
  if (action.startsWith('push_mpls')) return true;
  if (action.startsWith('pop_mpls:0x88')) return labels > 1;
  if (/mpls/i.test(action)) return labels > 0;
  if (action === 'pop_vlan') return isTagged;
  if (action.startsWith('push_vlan')) return !isTagged;
  return action !== 'dec_ttl' || isIp;
}

function note(action: string, known: Known): string {
  if (action.startsWith('push_mpls')) Object.assign(known, { labels: known.labels + 1, isIp: false });
  const popped = /^pop_mpls:(0x....)/.exec(action)?.[1];
  if (popped !== undefined) {
    known.labels = popped.startsWith('0x88') ? known.labels - 1 : 0;
    known.isIp = /0800|86dd/.test(popped);
  }
  if (action.startsWith('push_vlan')) known.isTagged = true;
  if (action === 'pop_vlan') known.isTagged = false;
  return action;
}

function aFrame(rng: Rng, kind: KindOfMpls, talk: number): { frame: Uint8Array; text: string } {
  const tagged = rng.below(4) === 0;
  const tag = tagged ? `,dl_vlan=${pick(rng, [5, 7])},dl_vlan_pcp=${rng.below(8)}` : '';
  const text = `${pick(rng, FRAMES)},dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02${tag}`;
  const plain = frame(text, { payload: Uint8Array.of(talk >>> 8, talk) });
  const count = pick(rng, [0, 0, 1, 1, 1, 2, 2, 3, 4]);
  if (count === 0) return { frame: plain, text };
  const stack = Array.from({ length: count }, () => [pick(rng, LABELS), pick(rng, CLASSES), pick(rng, TTLS)] as const);
  const type = Number(KINDS[kind]);
  return {
    frame: labelled(plain, stack, type, tagged ? 1 : 0),
    text: `${text} behind ${type.toString(16)} ${JSON.stringify(stack)}`,
  };
}
