/** The two switches that a flow program is played into: ours in this process, and a real Open vSwitch with dummy ports. */
import { FlowTransaction } from '../../src/ofproto/flow-mod.js';
import { flowLines } from '../../src/text/flow.js';
import { parseGroup } from '../../src/text/group.js';
import { flowsOf, flowTextsOf, groupsOf, type PlayedSwitch, type Program } from './flow-program.js';
import type { RealOvs } from './real-ovs.js';
import { VirtualSwitch } from './virtual-switch.js';

export interface OurPlayedSwitch extends PlayedSwitch {
  /** The program's flows, as its file has them, that a packet has met so far. */
  metFlows(): string[];
}

/** A fresh switch in this process with the program in it; a flow's cookie is its number in the file. */
export function ourSwitch(program: Program): OurPlayedSwitch {
  const sw = new VirtualSwitch(program.portCount);
  const flows = flowTextsOf(program);
  modGroups(sw, groupsOf(program));
  sw.addFlows(flows.map((line, i) => `cookie=${i + 1},${line}`).join('\n'));
  return {
    metFlows: () => {
      sw.bridge.pushStats();
      const rules = sw.bridge.ofproto.tables.flatMap((table) => [...table]);
      return rules.filter(({ packets }) => packets > 0).flatMap(({ cookie }) => flows[Number(cookie) - 1] ?? []);
    },
    send: (port, frame) => {
      sw.send(`p${port}`, frame);
      const sent = Object.entries(sw.takeSent()).map(([name, frames]) => [Number(name.slice(1)), frames] as const);
      return Promise.resolve(inOrder(sent));
    },
    wait: (seconds) => sw.advance(seconds * 1000),
    setMaxConnections: (count) => {
      sw.datapath.conntrack.maxConnections = count;
    },
    addFlows: (text) => sw.addFlows(text),
    modGroups: (text) => modGroups(sw, text),
  };
}

/** Adds groups, or changes them, in the words of ovs-ofctl. */
export function modGroups(sw: VirtualSwitch, text: string): void {
  for (const { line } of flowLines(text)) {
    const transaction = new FlowTransaction(sw.bridge.ofproto, sw.now);
    const refused = transaction.stageGroup(parseGroup(line, 'add_or_modify'));
    if (refused !== null) throw new Error(`${refused}: ${line}`);
    transaction.commit();
  }
  sw.backer.flowSetup.noticeChanges();
}

/** The bridge `br0` with the ports p1, p2, ... of a real one, emptied and with the program in it. Has at least the program's ports. */
export function realSwitch(ovs: RealOvs, program: Program): PlayedSwitch {
  const change = (command: string, text: string): void => {
    if (text !== '') ovs.ofctl(['-O', 'OpenFlow15', command, 'br0', '-'], text);
    ovs.appctl(['revalidator/wait']);
  };
  ovs.ofctl(['del-flows', 'br0']);
  ovs.ofctl(['-O', 'OpenFlow15', 'del-groups', 'br0']);
  ovs.appctl(['fdb/flush', 'br0']);
  ovs.appctl(['dpctl/flush-conntrack']);
  ovs.appctl(['dpctl/ct-set-maxconns', '3000000']);
  change('add-groups', groupsOf(program));
  change('add-flows', flowsOf(program));
  const ports = Array.from({ length: program.portCount }, (_, i) => i + 1);
  // What a program with fewer ports has flooded to the others.
  for (const port of ports) ovs.sent(`p${port}`);
  return {
    send: (port, frame) => {
      ovs.receive(`p${port}`, frame);
      // The daemon forwards what it has received before it answers the next question.
      ovs.appctl(['version']);
      return Promise.resolve(inOrder(ports.map((to) => [to, ovs.sent(`p${to}`)] as const)));
    },
    wait: (seconds) => {
      ovs.appctl(['time/warp', String(seconds * 1000)]);
      ovs.appctl(['revalidator/wait']);
    },
    setMaxConnections: (count) => {
      ovs.appctl(['dpctl/ct-set-maxconns', String(count)]);
    },
    addFlows: (text) => change('add-flows', text),
    modGroups: (text) => change('mod-group', text),
  };
}

const inOrder = (
  sent: readonly (readonly [number, readonly Uint8Array[]])[],
): (readonly [port: number, frame: Uint8Array])[] =>
  sent.toSorted(([a], [b]) => a - b).flatMap(([port, frames]) => frames.map((frame) => [port, frame] as const));
