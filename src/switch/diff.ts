/** Two configurations -> the ordered steps that lead from one to the other. Pure, so that it can be shown and tested. */
import type { BridgeConfig, ConntrackConfig, PortConfig, SwitchConfig } from './config.js';

export type Step =
  | { op: 'set-conntrack'; from: ConntrackConfig; to: ConntrackConfig }
  | { op: 'remove-port'; bridge: string; port: string }
  | { op: 'remove-bridge'; bridge: string }
  | { op: 'add-bridge'; bridge: BridgeConfig }
  | { op: 'add-port'; bridge: string; port: PortConfig }
  | { op: 'load-groups'; bridge: string; file: string }
  | { op: 'load-flows'; bridge: string; file: string }
  | { op: 'set-targets'; bridge: string; listen: readonly string[]; controllers: readonly string[] };

/** The tracker is set up before a packet comes. What goes, goes first, so that a name or an interface is free before somebody else takes it. Sockets open last: who connects finds all in place. */
export function diff(from: SwitchConfig, to: SwitchConfig): Step[] {
  const before = new Map(from.bridges.map((bridge) => [bridge.name, bridge]));
  const after = new Map(to.bridges.map((bridge) => [bridge.name, bridge]));
  const stays = (name: string): boolean => sameBridge(before.get(name), after.get(name));
  return [
    ...conntrack(from.conntrack, to.conntrack),
    ...from.bridges.flatMap((old) => (stays(old.name) ? removedPorts(old, after.get(old.name)!) : remove(old))),
    ...to.bridges.flatMap((bridge) => addOrExtend(bridge, stays(bridge.name) ? before.get(bridge.name)! : null)),
    ...to.bridges.flatMap((bridge) => targets(bridge, before.get(bridge.name) ?? null)),
  ];
}

const conntrack = (from: ConntrackConfig, to: ConntrackConfig): Step[] =>
  JSON.stringify(from) === JSON.stringify(to) ? [] : [{ op: 'set-conntrack', from, to }];

/** Settings that cannot change without making the bridge anew. */
function sameBridge(a: BridgeConfig | undefined, b: BridgeConfig | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.datapath === b.datapath &&
    a.datapathId === b.datapathId &&
    a.failMode === b.failMode
  );
}

const remove = (bridge: BridgeConfig): Step[] => [{ op: 'remove-bridge', bridge: bridge.name }];

function removedPorts(old: BridgeConfig, bridge: BridgeConfig): Step[] {
  return old.ports
    .filter((port) => !bridge.ports.some((kept) => samePort(kept, port)))
    .map((port) => ({ op: 'remove-port', bridge: bridge.name, port: port.name }));
}

function addOrExtend(bridge: BridgeConfig, old: BridgeConfig | null): Step[] {
  const newPorts = bridge.ports.filter((port) => old === null || !old.ports.some((kept) => samePort(kept, port)));
  const newFiles = (kind: 'groupFiles' | 'flowFiles'): string[] =>
    bridge[kind].filter((file) => old === null || !old[kind].includes(file));
  return [
    ...(old === null ? [{ op: 'add-bridge', bridge } as const] : []),
    ...newPorts.map((port) => ({ op: 'add-port', bridge: bridge.name, port }) as const),
    ...newFiles('groupFiles').map((file) => ({ op: 'load-groups', bridge: bridge.name, file }) as const),
    ...newFiles('flowFiles').map((file) => ({ op: 'load-flows', bridge: bridge.name, file }) as const),
  ];
}

function targets(bridge: BridgeConfig, old: BridgeConfig | null): Step[] {
  const { listen, controllers } = bridge;
  const same = old !== null && old.listen.join() === listen.join() && old.controllers.join() === controllers.join();
  return same ? [] : [{ op: 'set-targets', bridge: bridge.name, listen, controllers }];
}

const samePort = (a: PortConfig, b: PortConfig): boolean => a.name === b.name && a.type === b.type && a.file === b.file;
