/** Our switch in this process, as one side of the comparison. */

import { setVlanLimit } from '../../datapath/keys/extract-l2.js';
import { OfConnection } from '../../src/ofproto/connection.js';
import { handle } from '../../src/ofproto/handlers.js';
import { encodeMessage } from '../../src/openflow/codec.js';
import type { Message, MessageBodies, MessageName } from '../../src/openflow/message-types.js';
import { formatConnection } from '../../src/text/conntrack.js';
import { parseFlow } from '../../src/text/flow.js';
import { parsePacketOut } from '../../src/text/packet-out.js';
import { Commands } from '../helpers/commands.js';
import { countConnections } from '../helpers/count-connections.js';
import { modGroups } from '../helpers/played-switches.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';
import {
  type Burst,
  countersOf,
  type Final,
  fragmentsOf,
  type Left,
  linesOf,
  nothingLeft,
  type Order,
  type Outcome,
  PORTS,
  type Table,
} from './side.js';

/** As the daemon has it, and Open vSwitch unless told otherwise. */
const VLAN_LIMIT = 1;
const OPENFLOW_14 = 5;
const ATOMIC_ORDERED = 3;

export class OwnSide {
  readonly vs: VirtualSwitch;
  private readonly commands: Commands;
  private readonly controller = new OfConnection('service', OPENFLOW_14, { push: () => {}, sendError: () => {} });
  private nextXid = 1;

  constructor(flows: string, groups = '') {
    setVlanLimit(VLAN_LIMIT);
    this.vs = new VirtualSwitch(PORTS.length);
    modGroups(this.vs, groups);
    this.vs.addFlows(flows);
    this.commands = new Commands(this.vs);
    this.vs.bridge.ofproto.addConnection(this.controller);
  }

  /** All frames of the burst, one at a time; what left after each. */
  play(burst: Burst): Left[] {
    this.wait(burst.advanceMs);
    return burst.frames.map((frame) => this.send(burst.port, frame));
  }

  wait(ms: number): void {
    if (ms > 0) this.vs.advance(ms);
  }

  send(port: number, frame: Uint8Array): Left {
    this.vs.send(`p${port}`, frame);
    return this.takeLeft();
  }

  async obey(order: Order): Promise<Outcome> {
    const answer = await this.answer(order);
    this.vs.settle();
    return { answer, left: this.takeLeft() };
  }

  private async answer(order: Order): Promise<string> {
    if (order.kind === 'commands') {
      let answer = '';
      for (const [name, ...args] of order.lists)
        answer += await this.commands.run(name, ...args).catch((error: Error) => error.message);
      return answer;
    }
    if (order.kind === 'packet-out') return this.ask('packet_out', parsePacketOut(order.text));
    this.ask('bundle_control', { bundleId: 1, type: 'open_request', flags: ATOMIC_ORDERED });
    for (const line of order.lines) {
      const [name, body] = line.startsWith('packet-out ')
        ? (['packet_out', parsePacketOut(line.slice('packet-out '.length))] as const)
        : (['flow_mod', parseFlow(line.slice('flow add '.length), { command: 'add' })] as const);
      // Both messages, the outer and the inner one, have the same number.
      const message = { name, version: OPENFLOW_14, xid: this.nextXid, body } as Message;
      this.ask('bundle_add', { bundleId: 1, flags: ATOMIC_ORDERED, message });
    }
    return this.ask('bundle_control', { bundleId: 1, type: 'commit_request', flags: ATOMIC_ORDERED });
  }

  /** The name of an error, or nothing. */
  private ask<N extends MessageName>(name: N, body: MessageBodies[N]): string {
    const message = { name, version: OPENFLOW_14, xid: this.nextXid++, body } as Message;
    const outcome = handle(this.vs.bridge.ofproto, this.controller, message, encodeMessage(message), this.vs.now);
    return typeof outcome === 'string' ? outcome : '';
  }

  private takeLeft(): Left {
    const left = nothingLeft();
    const sent = this.vs.takeSent();
    PORTS.forEach((number, i) => {
      for (const out of sent[`p${number}`] ?? []) left[i].push(Buffer.from(out).toString('hex'));
    });
    return left;
  }

  get table(): Table {
    const { conntrack } = this.vs.datapath;
    return { connections: countConnections(conntrack, this.vs.now), fragments: conntrack.fragments.count };
  }

  async final(): Promise<Final> {
    const { conntrack } = this.vs.datapath;
    const entries = [...conntrack.dump({}, this.vs.now)];
    return {
      counters: countersOf(this.vs.dumpFlows()),
      connections: entries.map((entry) => formatConnection(entry, { verbose: true, statistics: true })),
      fragments: fragmentsOf(await this.commands.run('dpctl/ipf-get-status')),
      statistics: linesOf(await this.commands.run('dpctl/ct-stats-show')),
    };
  }
}
