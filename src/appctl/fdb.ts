/** The MAC learning table of `normal`: fdb/*. */

import type { Bridge } from '../bridge/bridge.js';
import { OFPP } from '../openflow/action-types.js';
import type { SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import type { MacEntry } from '../xlate/mac-table.js';
import { bridgeNamed, command } from './args.js';

export function fdbCommands(view: SwitchView): Command[] {
  return [
    command('fdb/show', 'bridge', 1, 1, ([bridge]) => show(bridgeNamed(view, bridge), view.now())),
    command('fdb/flush', '[bridge]', 0, 1, ([bridge]) => flush(view, bridge)),
    command('fdb/add', 'bridge port vlan mac', 4, 4, (args) => add(view, args)),
    command('fdb/del', 'bridge vlan mac', 3, 3, (args) => remove(view, args)),
    command('fdb/stats-show', 'bridge', 1, 1, ([bridge]) => stats(bridgeNamed(view, bridge))),
    command('fdb/stats-clear', '[bridge]', 0, 1, ([bridge]) => clearStats(view, bridge)),
  ];
}

function show(bridge: Bridge, now: number): string {
  const row = (entry: MacEntry): string => {
    const age = entry.isStatic ? 'static' : String(Math.floor((now - entry.seenMs) / 1000)).padStart(3);
    return `${portText(bridge, entry).padStart(5)}  ${String(entry.vlan).padStart(4)}  ${macText(entry)}  ${age}\n`;
  };
  return ` port  VLAN  MAC                Age\n${[...bridge.macTable].map(row).join('')}`;
}

/** A bundle is shown by the number of its first port, as Open vSwitch does. */
function portText(bridge: Bridge, { bundle }: MacEntry): string {
  const ofport = bridge.bundle(bundle)?.ports[0].ofport;
  return ofport === OFPP.LOCAL ? 'LOCAL' : String(ofport);
}

function macText({ macHi, macLo }: MacEntry): string {
  const hex = (macHi & 0xffff).toString(16).padStart(4, '0') + (macLo >>> 0).toString(16).padStart(8, '0');
  return hex.replace(/(..)(?=.)/g, '$1:');
}

function parseMac(text: string): { macHi: number; macLo: number } {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) throw new UnixctlError('bad MAC address');
  const hex = text.replaceAll(':', '');
  return { macHi: Number.parseInt(hex.slice(0, 4), 16), macLo: Number.parseInt(hex.slice(4), 16) | 0 };
}

function parseVlan(text: string): number {
  const vlan = Number(text);
  if (!Number.isInteger(vlan) || vlan < 0 || vlan > 4095) throw new UnixctlError('invalid VLAN');
  return vlan;
}

function add(view: SwitchView, [bridgeName, portName, vlanText, macText]: string[]): string {
  const bridge = bridgeNamed(view, bridgeName);
  const port = bridge.ports().find((known) => known.name === portName);
  if (port === undefined) throw new UnixctlError(`no such port: ${portName}`);
  const { macHi, macLo } = parseMac(macText);
  const vlan = parseVlan(vlanText);
  const known = bridge.macTable.lookup(vlan, macHi, macLo, view.now());
  const isSame = known?.isStatic && known.bundle === port.bundle.id;
  const notice =
    known === null || isSame
      ? ''
      : `Overriding already existing ${known.isStatic ? 'static' : 'dynamic'} entry on ${portText(bridge, known)}\n`;
  bridge.macTable.addStatic(vlan, macHi, macLo, port.bundle.id, view.now());
  return notice;
}

function remove(view: SwitchView, [bridgeName, vlanText, macText]: string[]): string {
  const bridge = bridgeNamed(view, bridgeName);
  const { macHi, macLo } = parseMac(macText);
  if (!bridge.macTable.remove(parseVlan(vlanText), macHi, macLo))
    throw new UnixctlError('could not find static mac entry');
  return '';
}

function flush(view: SwitchView, name: string | undefined): string {
  for (const bridge of selected(view, name)) bridge.macTable.flush();
  return 'table successfully flushed';
}

function clearStats(view: SwitchView, name: string | undefined): string {
  for (const { macTable } of selected(view, name))
    Object.assign(macTable.stats, { learned: 0, expired: 0, evicted: 0, moved: 0 });
  return 'statistics successfully cleared';
}

function selected(view: SwitchView, name: string | undefined): Bridge[] {
  return name === undefined ? view.backers().flatMap((backer) => [...backer]) : [bridgeNamed(view, name)];
}

function stats({ name, macTable }: Bridge): string {
  const statics = [...macTable].filter((entry) => entry.isStatic).length;
  return (
    `Statistics for bridge "${name}":\n` +
    `  Current/maximum MAC entries in the table: ${macTable.size}/${macTable.maxEntries}\n` +
    `  Current static MAC entries in the table : ${statics}\n` +
    `  Total number of learned MAC entries     : ${macTable.stats.learned}\n` +
    `  Total number of expired MAC entries     : ${macTable.stats.expired}\n` +
    `  Total number of evicted MAC entries     : ${macTable.stats.evicted}\n` +
    `  Total number of port moved MAC entries  : ${macTable.stats.moved}\n`
  );
}
