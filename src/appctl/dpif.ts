/** Datapaths, their ports and flows: dpif/*, dpctl/dump-flows, revalidator/*, upcall/*. */
import { type Stops, systemClock } from '../../datapath/base/clock.js';
import type { Backer } from '../bridge/backer.js';
import type { FlowEntry } from '../dpif/dpif.js';
import type { SwitchView } from '../switch/view.js';
import { TextError } from '../text/error.js';
import { parseMatch } from '../text/match.js';
import { NameMap } from '../text/names.js';
import { formatDpFlow } from '../text/odp-flow.js';
import { type Command, type Pieces, UnixctlError } from '../unixctl/registry.js';
import {
  bridgeNamed,
  command,
  type DpctlOptions,
  dpctlError,
  inPieces,
  onlyDatapath,
  parseOptions,
  takeDatapath,
} from './args.js';

export function dpifCommands(view: SwitchView): Command[] {
  return [
    command('dpif/show', '', 0, 0, () => view.backers().map(showBacker).join('')),
    command('dpif/dump-dps', '', 0, 0, () => dumpBridges(view)),
    command('dpif/dump-flows', '[-m] [--names | --no-names] bridge', 1, 3, (args) => dumpBridgeFlows(view, args)),
    command('dpctl/dump-dps', '', 0, 0, () =>
      view
        .backers()
        .map((b) => `${b.dpif.name}\n`)
        .join(''),
    ),
    command(
      'ctswitch/pauses',
      '',
      0,
      0,
      () => view.backers().map(showPauses).join('') + showStops(systemClock.stops, view.suspensions()),
    ),
    command('dpctl/dump-flows', '[-m] [--names] [dp] [filter=FLOW] [type=TYPE]', 0, 6, (args) => dumpFlows(view, args)),
    command('dpctl/del-flows', '[dp]', 0, 1, (args) => purgeOne(onlyDatapath(view, args))),
    command('ofproto/list', '', 0, 0, () =>
      bridgeNames(view)
        .map((name) => `${name}\n`)
        .join(''),
    ),
    command('revalidator/purge', '', 0, 0, () => purge(view)),
    command('revalidator/wait', '', 0, 0, () => pushStats(view)),
    command('revalidator/pause', '', 0, 0, () => setPaused(view, true)),
    command('revalidator/resume', '', 0, 0, () => setPaused(view, false)),
    command('upcall/set-flow-limit', 'flow-limit-number', 1, 1, ([limit]) => setFlowLimit(view, limit)),
  ];
}

const byName = <T extends { name: string }>(a: T, b: T): number => (a.name < b.name ? -1 : 1);

function showBacker(backer: Backer): string {
  const { dpif } = backer;
  const lines = [`${dpif.name}: hit:${dpif.lookups.hits} missed:${dpif.lookups.misses}\n`];
  for (const bridge of [...backer].sort(byName)) {
    lines.push(`  ${bridge.name}:\n`);
    for (const port of [...bridge.ports()].sort(byName)) {
      lines.push(`    ${port.name} ${port.ofport}/${port.dpPort}: (${dpif.port(port.dpPort)?.type})\n`);
    }
  }
  return lines.join('');
}

function bridgeNames(view: SwitchView): string[] {
  return view
    .backers()
    .flatMap((backer) => [...backer].map((bridge) => bridge.name))
    .sort();
}

function dumpBridges(view: SwitchView): string {
  const names = view.backers().flatMap((backer) => [...backer].map((bridge) => `${backer.dpif.type}@${bridge.name}\n`));
  return names.sort().join('');
}

/** The flows that are there when it begins and still are when it comes to them. */
function* dumpFlows(view: SwitchView, args: readonly string[]): Pieces {
  const { options, rest } = parseOptions(args);
  const { backer, rest: filters } = takeDatapath(view, rest);
  const keep = filters.map((filter) => flowFilter(backer, filter));
  const ids = backer.dpif.flowIds().filter((id) => keep.every((accepts) => accepts(id)));
  if (ids.length > 0) yield 'flow-dump from the main thread:\n';
  yield* flowLines(view, backer, ids, options);
}

function dumpBridgeFlows(view: SwitchView, args: readonly string[]): Pieces {
  const { options, rest } = parseOptions(args);
  const bridge = bridgeNamed(view, rest[0]);
  const { backer } = bridge;
  const own = backer.dpif.flowIds().filter((id) => backer.flowSetup.flows.get(id)?.bridge === bridge);
  return flowLines(view, backer, own, options);
}

/** Lines of those flows that are still there. */
function flowLines(view: SwitchView, backer: Backer, ids: readonly number[], options: DpctlOptions): Pieces {
  return inPieces(ids, (id) => {
    const flow = backer.dpif.flow(id);
    return flow === null ? null : `${flowLine(view, backer, flow, options)}\n`;
  });
}

function flowLine(view: SwitchView, backer: Backer, flow: FlowEntry, options: DpctlOptions): string {
  const showNames = options.names ?? options.verbosity > 0;
  const portName = (number: number): string | null => backer.dpif.port(number)?.name ?? null;
  return formatDpFlow(flow, {
    now: view.now(),
    verbose: options.verbosity > 0,
    portName: showNames ? portName : () => null,
  });
}

/** What `type=` may ask for; all flows here are of the first. */
const FLOW_TYPES = ['ovs', 'non-offloaded', 'offloaded', 'partially-offloaded', 'tc', 'dpdk'];

/** `filter=in_port=p1,udp`: flows that match that; `type=TYPE`; `pmd=N` is passed over, there is one. */
function flowFilter(backer: Backer, text: string): (flow: number) => boolean {
  const [, key, value] = /^(filter|type|pmd)=(.*)$/.exec(text) ?? [];
  if (key === 'filter') return matchFilter(backer, value!);
  if (key === 'pmd') return () => true;
  const types = key === 'type' ? value!.split(',') : [];
  if (key !== 'type' || !types.every((type) => FLOW_TYPES.includes(type)))
    throw dpctlError(`Failed to parse type (${value ?? text})`, 'EINVAL');
  return () => types.includes('ovs') || types.includes('non-offloaded');
}

function matchFilter(backer: Backer, text: string): (flow: number) => boolean {
  const ports = new NameMap();
  for (const { number, name } of backer.dpif.ports()) ports.add(number, name);
  try {
    const match = parseMatch(text.replace(/^in_port\(([^)]*)\)/, 'in_port=$1'), { ports });
    return (flow) => {
      const key = backer.dpif.flowKey(flow);
      return key !== null && match.matches(key, 0);
    };
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    throw new UnixctlError(`ovs-vswitchd: Failed to parse filter (${error.message})\n`);
  }
}

/** Figures to one decimal: what lies below is the clock's own. */
function showPauses({ dpif }: Backer): string {
  const { name, pauses } = dpif;
  return `${name}: longest pause ${pauses.longestMs.toFixed(1)} ms, ${pauses.takeRecentMs().toFixed(1)} ms since last asked\n`;
}

function showStops(process: Stops, machine: Stops): string {
  const row = (what: string, { count, totalMs, longestMs }: Stops): string =>
    `${what}: ${count} times, ${totalMs.toFixed(0)} ms in all, ${longestMs.toFixed(0)} ms the longest\n`;
  return row('process stopped', process) + row('machine suspended', machine);
}

/** The statistics of all packets so far have been pushed when the reply comes: what waiting for the revalidator is for. */
function* pushStats(view: SwitchView): Pieces {
  for (const { flowSetup } of view.backers()) for (const _ of flowSetup.revalidator.pushInSteps()) yield '';
}

function purgeOne(backer: Backer): string {
  backer.flowSetup.revalidator.purge();
  return '';
}

function purge(view: SwitchView): string {
  for (const backer of view.backers()) backer.flowSetup.revalidator.purge();
  return '';
}

function setPaused(view: SwitchView, isPaused: boolean): string {
  for (const backer of view.backers()) backer.flowSetup.revalidator.isPaused = isPaused;
  return '';
}

function setFlowLimit(view: SwitchView, text: string): string {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw new UnixctlError(`"${text}" is not a flow limit`);
  for (const { flowSetup } of view.backers()) flowSetup.revalidator.limit.most = limit;
  return `set flow_limit to ${limit}\n`;
}
