/**
 * Open vSwitch as one side of the comparison. Commands go over one connection to its control socket; its clock is stopped and
 * moved by command. A burst is through when the mark that ends it has come out of a port kept for that.
 */
import { JsonRpc, RpcError } from '../../src/net/jsonrpc.js';
import { connect } from '../../src/net/stream.js';
import { socketPath } from '../../src/unixctl/client.js';
import { RealOvs } from '../helpers/real-ovs.js';
import { frameOf, ipBytes } from '../helpers/segments.js';
import { sleep } from '../helpers/tool.js';
import {
  type Burst,
  countersOf,
  type Final,
  fragmentsOf,
  heldIn,
  type Left,
  linesOf,
  nothingLeft,
  type Order,
  type Outcome,
  PORTS,
  type Table,
} from './side.js';

/** A dummy port's queue holds a hundred. */
const MAX_BURST = 90;
const OPENFLOW_15 = ['-O', 'OpenFlow15'];
const MARK_PORT = 'p4';
/** An Ethernet type of its own, which no program uses. */
const MARK = `${'0200000000ff'.repeat(2)}88b5${'00'.repeat(46)}`;
/** For what only the arrival of packets brings about. */
const ANY_UDP = frameOf(ipBytes({ proto: 'udp', src: '10.250.0.1', dst: '10.250.0.2', sport: 1, dport: 2 }));
const MARK_FLOW = 'cookie=0xffff,table=0,priority=65535,dl_type=0x88b5,actions=output:4';
const TIMEOUT_MS = 20_000;
/** After these, no fragment that is held is held any longer, and its list is forgotten. */
const FRAGMENTS_MS = 30_000;
/** The sweeper is another thread: it comes soon after the clock has been moved. */
const SWEEP_TIMEOUT_MS = 500;

/** Open vSwitch does not answer any more. */
export class RealSideDied extends Error {}

export class RealSide {
  private isAlive = true;
  /** What ipf-get-status said when the session began. */
  private fragmentsBefore = '';
  private hasGroups = false;

  private constructor(
    private readonly ovs: RealOvs,
    private readonly control: JsonRpc,
  ) {
    control.onClose = () => {
      this.isAlive = false;
    };
  }

  static async start(): Promise<RealSide> {
    const ovs = new RealOvs();
    try {
      ovs.addBridge('br0', [...PORTS.map((number) => `p${number}`), MARK_PORT]);
      // How long waiting for what it learns takes.
      ovs.vsctl(['set', 'Open_vSwitch', '.', 'other_config:max-revalidator=100']);
      const path = socketPath('ovs-vswitchd', ovs.folder);
      const side = new RealSide(ovs, new JsonRpc(await connect({ kind: 'unix', path })));
      await side.command('vlog/set', 'off');
      await side.command('time/stop');
      return side;
    } catch (error) {
      ovs.stop();
      throw error;
    }
  }

  stop(): void {
    this.control.destroy();
    this.ovs.stop();
  }

  /** Forgets everything and takes up a program; a text that is refused throws what ovs-ofctl said. */
  async load(flows: string, groups = ''): Promise<void> {
    await this.ofctl(['del-flows', 'br0']);
    if (this.hasGroups) await this.ofctl([...OPENFLOW_15, 'del-groups', 'br0']);
    this.hasGroups = groups !== '';
    if (this.hasGroups) await this.ofctl([...OPENFLOW_15, 'add-groups', 'br0', '-'], groups);
    await this.forgetFragments();
    // Only what OpenFlow 1.0 cannot say goes in a later one, whose VLAN actions are others.
    const version = /push_vlan|pop_vlan|group:/.test(flows) ? ['-O', 'OpenFlow13'] : [];
    await this.ofctl([...version, 'add-flows', 'br0', '-'], `${flows}\n${MARK_FLOW}\n`);
    await this.command('dpctl/flush-conntrack');
    await this.command('fdb/flush', 'br0');
    await this.command('revalidator/purge');
  }

  /** Puts back what orders have changed. */
  async restore(orders: readonly Order[]): Promise<void> {
    for (const order of orders) await this.answer(order);
  }

  private async forgetFragments(): Promise<void> {
    this.fragmentsBefore = await this.command('dpctl/ipf-get-status');
    if (heldIn(this.fragmentsBefore) === 0) return;
    // Each packet that is tracked has one list looked at.
    await this.ofctl(['add-flows', 'br0', '-'], `${MARK_FLOW}\nin_port=1,udp,actions=ct(zone=65534)\n`);
    await this.command('time/warp', String(FRAGMENTS_MS));
    for (const end = Date.now() + TIMEOUT_MS; heldIn(this.fragmentsBefore) > 0; ) {
      await this.playSome(1, Array<Uint8Array>(MAX_BURST).fill(ANY_UDP), nothingLeft());
      this.fragmentsBefore = await this.command('dpctl/ipf-get-status');
      if (Date.now() > end) throw new RealSideDied();
    }
    await this.ofctl(['del-flows', 'br0']);
    // What has been counted must not be counted for other flows.
    await this.command('revalidator/purge');
  }

  async play(burst: Burst): Promise<Left> {
    await this.wait(burst.advanceMs);
    const left = nothingLeft();
    for (let from = 0; from < burst.frames.length; from += MAX_BURST)
      await this.playSome(burst.port, burst.frames.slice(from, from + MAX_BURST), left);
    return left;
  }

  async wait(ms: number): Promise<void> {
    if (ms > 0) await this.command('time/warp', String(ms));
  }

  async obey(order: Order): Promise<Outcome> {
    const answer = await this.answer(order);
    const left = nothingLeft();
    await this.playSome(1, [], left);
    return { answer, left };
  }

  /** An error of OpenFlow's by its name. */
  private async answer(order: Order): Promise<string> {
    if (order.kind === 'commands') {
      let answer = '';
      for (const [name, ...args] of order.lists) answer += await this.answerOf(name, args);
      return answer;
    }
    try {
      if (order.kind === 'packet-out') await this.ofctl(['-O', 'OpenFlow14', 'packet-out', 'br0', order.text]);
      else await this.bundle(order.lines);
      return '';
    } catch (error) {
      if (error instanceof RpcError && error.detail.code === 'refused')
        return String(error.detail.error ?? error.message);
      if (error instanceof RealSideDied) throw error;
      return /OFP\w+_\w+/.exec((error as Error).message)?.[0] ?? (error as Error).message;
    }
  }

  /** Statistics are pushed before the flows change; afterwards they would be added to those that come. */
  private async bundle(lines: readonly string[]): Promise<void> {
    await this.command('revalidator/purge');
    await this.ofctl(['-O', 'OpenFlow14', 'bundle', 'br0', '-'], `${lines.join('\n')}\n`);
    await this.settle();
  }

  /** A refusal is an answer, too. */
  private async answerOf(name: string, args: readonly string[]): Promise<string> {
    try {
      return await this.command(name, ...args);
    } catch (error) {
      if (error instanceof RpcError) return String(error.detail.error);
      throw error;
    }
  }

  /** Waits until as much is left as of ours: what has expired is freed behind the scenes. */
  async swept(wanted: Table): Promise<Table> {
    for (const end = Date.now() + SWEEP_TIMEOUT_MS; ; await sleep(1)) {
      const found = {
        connections: Number(await this.command('dpctl/ct-get-nconns')),
        fragments: heldIn(await this.command('dpctl/ipf-get-status')),
      };
      if ((found.connections === wanted.connections && found.fragments === wanted.fragments) || Date.now() > end)
        return found;
    }
  }

  private async playSome(port: number, frames: readonly Uint8Array[], left: Left): Promise<void> {
    const hex = frames.map((frame) => Buffer.from(frame).toString('hex'));
    await this.command('netdev-dummy/receive', `p${port}`, ...hex, MARK);
    const end = Date.now() + TIMEOUT_MS;
    while (!this.ovs.sent(MARK_PORT).some((frame) => Buffer.from(frame).toString('hex') === MARK)) {
      if (!this.isAlive || Date.now() > end) throw new RealSideDied();
      await sleep(1);
    }
    PORTS.forEach((number, i) => {
      for (const out of this.ovs.sent(`p${number}`)) left[i].push(Buffer.from(out).toString('hex'));
    });
  }

  /** Waits until changes of what it has learned hold for cached flows too. */
  async settle(): Promise<void> {
    await this.command('revalidator/wait');
  }

  async final(): Promise<Final> {
    await this.command('revalidator/purge');
    const dump = (await this.ofctl(['dump-flows', 'br0'])).split('\n');
    const connections = await this.command('dpctl/dump-conntrack', '-m', '-s');
    return {
      counters: countersOf(dump).filter((line) => !line.startsWith('0xffff ')),
      connections: linesOf(connections),
      fragments: fragmentsOf(await this.command('dpctl/ipf-get-status'), this.fragmentsBefore),
      statistics: linesOf(await this.command('dpctl/ct-stats-show')),
    };
  }

  /** That it has died is another matter than that it refuses something. */
  private async ofctl(args: readonly string[], input?: string): Promise<string> {
    try {
      return this.ovs.ofctl(args, input);
    } catch (error) {
      await this.command('version');
      throw error;
    }
  }

  private async command(name: string, ...args: string[]): Promise<string> {
    try {
      return (await this.control.call(name, args)) as string;
    } catch (error) {
      if (error instanceof RpcError && error.detail.code === 'closed') throw new RealSideDied();
      throw error;
    }
  }
}
