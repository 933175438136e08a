/** Two configurations -> the ordered steps that lead from one to the other. Pure, so that it can be shown and tested. */
import type { PortOptionName } from '../../datapath/ports/port-types.js';
import type { BridgeConfig, ConntrackConfig, FailMode, PortConfig, SwitchConfig } from './config.js';

export type Step =
  | { op: 'set-conntrack'; from: ConntrackConfig; to: ConntrackConfig }
  | { op: 'unlisten'; bridge: string; target: string }
  | { op: 'disconnect'; bridge: string; target: string }
  | { op: 'remove-port'; bridge: string; port: string }
  | { op: 'remove-bridge'; bridge: string }
  | { op: 'add-bridge'; bridge: BridgeConfig }
  | { op: 'set-datapath-id'; bridge: string; datapathId: bigint | undefined }
  | { op: 'set-fail-mode'; bridge: string; failMode: FailMode }
  | { op: 'add-port'; bridge: string; port: PortConfig }
  | { op: 'forget-file'; bridge: string; file: string }
  | { op: 'load-groups'; bridge: string; file: string }
  | { op: 'load-flows'; bridge: string; file: string }
  | { op: 'listen'; bridge: string; target: string }
  | { op: 'connect'; bridge: string; target: string };

/** Whether a file that a bridge has loaded says something else by now. */
export type IsStale = (bridge: string, file: string) => boolean;

/**
 * The tracker is set up before a packet comes. What goes, goes first, so that a name, an interface or an address is free before somebody
 * else takes it. Sockets open last: who connects finds all in place. What is the same in both is not touched; only another datapath makes a
 * bridge anew.
 */
export function diff(from: SwitchConfig, to: SwitchConfig, isStale: IsStale = () => false): Step[] {
  const before = new Map(from.bridges.map((bridge) => [bridge.name, bridge]));
  const after = new Map(to.bridges.map((bridge) => [bridge.name, bridge]));
  const kept = (name: string): BridgeConfig | null => {
    const [a, b] = [before.get(name), after.get(name)];
    return a !== undefined && a.datapath === b?.datapath ? a : null;
  };
  return [
    ...conntrack(from.conntrack, to.conntrack),
    ...from.bridges.flatMap((old) =>
      kept(old.name) === null ? removeBridge(old) : removals(old, after.get(old.name)!),
    ),
    ...to.bridges.flatMap((bridge) => additions(bridge, kept(bridge.name), isStale)),
    ...to.bridges.flatMap((bridge) => openings(bridge, kept(bridge.name))),
  ];
}

const conntrack = (from: ConntrackConfig, to: ConntrackConfig): Step[] =>
  JSON.stringify(from) === JSON.stringify(to) ? [] : [{ op: 'set-conntrack', from, to }];

const removeBridge = (old: BridgeConfig): Step[] => [{ op: 'remove-bridge', bridge: old.name }];

/** Those of `all` that are not in `others`. */
const without = (all: readonly string[], others: readonly string[] = []): string[] =>
  [...new Set(all)].filter((item) => !others.includes(item));

function removals(old: BridgeConfig, { name: bridge, listen, controllers, ports }: BridgeConfig): Step[] {
  return [
    ...without(old.listen, listen).map((target) => ({ op: 'unlisten', bridge, target }) as const),
    ...without(old.controllers, controllers).map((target) => ({ op: 'disconnect', bridge, target }) as const),
    ...old.ports
      .filter((port) => !ports.some((wanted) => isKept(port, wanted)))
      .map((port) => ({ op: 'remove-port', bridge, port: port.name }) as const),
  ];
}

function additions(bridge: BridgeConfig, old: BridgeConfig | null, isStale: IsStale): Step[] {
  const { name } = bridge;
  const newPorts = bridge.ports.filter((port) => old === null || !old.ports.some((present) => isKept(present, port)));
  const files = (kind: 'groupFiles' | 'flowFiles'): string[] =>
    bridge[kind].filter((file) => old?.[kind].includes(file) !== true || isStale(name, file));
  const forgotten = without(
    [...(old?.groupFiles ?? []), ...(old?.flowFiles ?? [])],
    [...bridge.groupFiles, ...bridge.flowFiles],
  );
  return [
    ...(old === null ? [{ op: 'add-bridge', bridge } as const] : settings(old, bridge)),
    ...numberedFirst(newPorts).map((port) => ({ op: 'add-port', bridge: name, port }) as const),
    ...forgotten.map((file) => ({ op: 'forget-file', bridge: name, file }) as const),
    ...files('groupFiles').map((file) => ({ op: 'load-groups', bridge: name, file }) as const),
    ...files('flowFiles').map((file) => ({ op: 'load-flows', bridge: name, file }) as const),
  ];
}

function settings(old: BridgeConfig, { name: bridge, datapathId, failMode }: BridgeConfig): Step[] {
  return [
    ...(old.datapathId === datapathId ? [] : [{ op: 'set-datapath-id', bridge, datapathId } as const]),
    ...(old.failMode === failMode ? [] : [{ op: 'set-fail-mode', bridge, failMode } as const]),
  ];
}

function openings({ name: bridge, listen, controllers }: BridgeConfig, old: BridgeConfig | null): Step[] {
  return [
    ...without(listen, old?.listen).map((target) => ({ op: 'listen', bridge, target }) as const),
    ...without(controllers, old?.controllers).map((target) => ({ op: 'connect', bridge, target }) as const),
  ];
}

/** Numbers that are asked for must not be given to those that take any. */
const numberedFirst = (ports: readonly PortConfig[]): PortConfig[] => [
  ...ports.filter(({ ofport }) => ofport !== undefined),
  ...ports.filter(({ ofport }) => ofport === undefined),
];

/** Whether a port that is there is the one that is wanted, which may have any number unless it asks for one. */
export function isKept(present: PortConfig, wanted: PortConfig): boolean {
  const names = new Set([...Object.keys(present.options), ...Object.keys(wanted.options)] as PortOptionName[]);
  return (
    present.name === wanted.name &&
    present.type === wanted.type &&
    (wanted.ofport === undefined || wanted.ofport === present.ofport) &&
    [...names].every((name) => present.options[name] === wanted.options[name])
  );
}
