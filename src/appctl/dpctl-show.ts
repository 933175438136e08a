/** What a datapath is and has: dpctl/show, dpif/show-dp-features, upcall/show. */
import type { PortStats } from '../../datapath/ports/port.js';
import { PORT_TYPES, type PortClass } from '../../datapath/ports/port-types.js';
import type { Backer } from '../bridge/backer.js';
import type { SwitchView } from '../switch/view.js';
import type { Command } from '../unixctl/registry.js';
import { bridgeNamed, command, dpctlError, parseOptions } from './args.js';

export function dpctlShowCommands(view: SwitchView): Command[] {
  return [
    command('dpctl/show', '[-s] [dp...]', 0, 8, (args) => showDatapaths(view, args)),
    command('dpif/show-dp-features', 'bridge', 1, 1, ([name]) => {
      bridgeNamed(view, name);
      return FEATURES.map(([title, value]) => `${title}: ${value}\n`).join('');
    }),
    command('upcall/show', '', 0, 0, () => view.backers().map(showUpcalls).join('')),
  ];
}

function showDatapaths(view: SwitchView, args: readonly string[]): string {
  const { options, rest } = parseOptions(args);
  const chosen = rest.length === 0 ? view.backers() : rest.map((name) => datapathNamed(view, name));
  return chosen.map((backer) => showDatapath(backer, options.statistics)).join('');
}

function datapathNamed(view: SwitchView, name: string): Backer {
  const named = view.backers().find(({ dpif }) => dpif.name === name);
  if (named === undefined) throw dpctlError(`opening datapath ${name} failed`, 'ENODEV');
  return named;
}

/** Number 0 is the datapath's own device in Open vSwitch; here nothing is behind it, but its number is taken. */
function showDatapath(backer: Backer, withStats: boolean): string {
  const { dpif } = backer;
  const { hits, misses, lost } = dpif.lookups;
  const ports = [...dpif.ports()].sort((a, b) => a.number - b.number);
  const ownClass = PORT_TYPES.internal.classes[dpif.type];
  const own = portText(0, dpif.name.replace(/^.*@/, ''), ownClass, null, withStats);
  const lines = ports.map(({ number, name, type }) => portText(number, name, type, dpif.portStats(number), withStats));
  const head = `${dpif.name}:\n  lookups: hit:${hits} missed:${misses} lost:${lost}\n  flows: ${dpif.flowCount}\n`;
  return head + own + lines.join('');
}

function portText(number: number, name: string, type: PortClass, stats: PortStats | null, withStats: boolean): string {
  const line = `  port ${number}: ${name}${type === 'system' ? '' : ` (${type})`}\n`;
  return withStats ? line + statsText(stats) : line;
}

function statsText(stats: PortStats | null): string {
  const count = (of: (s: PortStats) => number): string => String(stats === null ? 0 : of(stats));
  return (
    `    RX packets:${count((s) => s.rxPackets)} errors:${count((s) => s.rxErrors)} dropped:${count((s) => s.rxDropped)}` +
    ` overruns:${count((s) => s.rxOverErrors)} frame:${count((s) => s.rxFrameErrors)}\n` +
    `    TX packets:${count((s) => s.txPackets)} errors:${count((s) => s.txErrors)} dropped:${count((s) => s.txDropped)}` +
    ' aborted:? carrier:?\n' +
    `    collisions:${count((s) => s.collisions)}\n` +
    `    RX bytes:${bytesText(stats?.rxBytes ?? 0)}  TX bytes:${bytesText(stats?.txBytes ?? 0)}\n`
  );
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** The number, and from a kibibyte on what it is in larger units. */
function bytesText(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  const step = Math.min(UNITS.length, Math.floor(Math.log2(bytes) / 10));
  return `${bytes} (${(bytes / 1024 ** step).toFixed(1)} ${UNITS[step - 1]})`;
}

/** The features that Open vSwitch asks a datapath for, in its order and words. */
const FEATURES: readonly (readonly [title: string, value: 'Yes' | 'No' | number])[] = [
  ['Masked set action', 'Yes'],
  ['Tunnel push pop', 'No'],
  ['Ufid', 'No'],
  ['Truncate action', 'Yes'],
  ['Clone action', 'Yes'],
  ['Sample nesting', 0],
  ['Conntrack eventmask', 'No'],
  ['Conntrack clear', 'Yes'],
  ['Max dp_hash algorithm', 1],
  ['Check pkt length action', 'No'],
  ['Conntrack timeout policy', 'Yes'],
  ['Explicit Drop action', 'No'],
  ['Optimized Balance TCP mode', 'No'],
  ['Conntrack all-zero IP SNAT', 'Yes'],
  ['MPLS Label add', 'No'],
  ['Max VLAN headers', 2],
  ['Max MPLS depth', 0],
  ['Recirc', 'Yes'],
  ['CT state', 'Yes'],
  ['CT zone', 'Yes'],
  ['CT mark', 'Yes'],
  ['CT label', 'Yes'],
  ['CT state NAT', 'Yes'],
  ['CT orig tuple', 'Yes'],
  ['CT orig tuple for IPv6', 'Yes'],
  ['IPv6 ND Extension', 'Yes'],
];

function showUpcalls({ dpif, flowSetup }: Backer): string {
  const { averageFlows, mostFlows, walkMs } = flowSetup.revalidator;
  const flows = dpif.flowCount;
  return (
    `${dpif.name}:\n` +
    `  flows         : (current ${flows}) (avg ${averageFlows}) (max ${Math.max(flows, mostFlows)}) (limit ${dpif.flowLimit})\n` +
    `  dump duration : ${walkMs}ms\n` +
    '  ufid enabled : false\n\n' +
    `  0: (keys ${flows})\n`
  );
}
