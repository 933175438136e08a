/**
 * A bridge without a datapath: tables in ovs-ofctl's words, ports that are numbers; and what a translation makes of a packet, in dpctl's
 * words.
 */
import { extract } from '../../../datapath/keys/extract.js';
import { DP_WORDS, FLOW_WORDS, W_IN_PORT } from '../../../datapath/keys/layout.js';
import { lentPacket } from '../../../datapath/packet/packet.js';
import type { FieldName } from '../../../src/match/fields.js';
import { setField } from '../../../src/match/key.js';
import { applyFlowMods, FlowTransaction } from '../../../src/ofproto/flow-mod.js';
import type { Group } from '../../../src/ofproto/groups.js';
import { Ofproto } from '../../../src/ofproto/ofproto.js';
import type { OfTable } from '../../../src/ofproto/table.js';
import type { Action } from '../../../src/openflow/action-types.js';
import { parseFlow } from '../../../src/text/flow.js';
import { parseGroup } from '../../../src/text/group.js';
import { parseMatch } from '../../../src/text/match.js';
import { formatDpProgram } from '../../../src/text/odp-action.js';
import { formatDpKey } from '../../../src/text/odp-key.js';
import type { Effect } from '../../../src/xlate/effects.js';
import { type FrozenState, RecirculationTable } from '../../../src/xlate/freeze.js';
import { MacTable } from '../../../src/xlate/mac-table.js';
import { type Translation, translate } from '../../../src/xlate/translate.js';
import type { XlateBridge, XlateBundle, XlatePort } from '../../../src/xlate/view.js';
import { frame } from '../../helpers/virtual-switch.js';

export const NOW = 1000;

export class PlainBridge implements XlateBridge {
  readonly macTable = new MacTable();
  readonly ofproto: Ofproto;
  readonly missSendLen = 128;
  fragments = 0;
  forwardBpdu = false;
  /** OpenFlow numbers of ports that are down. */
  readonly down = new Set<number>();
  private readonly list: XlatePort[] = [];

  /**
   * Ports 1 to `portCount`, each the one member of a bundle of its number, which have the same numbers in the datapath, plus `firstDpPort`.
   */
  constructor(
    readonly name: string,
    portCount: number,
    firstDpPort = 0,
  ) {
    this.ofproto = new Ofproto({ name, datapathId: 1n });
    for (let ofport = 1; ofport <= portCount; ofport++) this.setPort({ ofport, dpPort: firstDpPort + ofport });
  }

  /** Adds a port, or changes one. */
  setPort(port: Pick<XlatePort, 'ofport'> & Partial<XlatePort>): void {
    const plain = { dpPort: 0, noFlood: false, noForward: false, noReceive: false, noPacketIn: false, peer: null };
    const before = this.list.findIndex(({ ofport }) => ofport === port.ofport);
    const known =
      before < 0
        ? { ...plain, name: `p${port.ofport}`, bundle: { id: port.ofport, ports: [] as XlatePort[] } }
        : this.list[before];
    const changed = { ...known, ...port };
    const members = changed.bundle.ports as XlatePort[];
    const member = members.findIndex(({ ofport }) => ofport === port.ofport);
    members.splice(member < 0 ? members.length : member, member < 0 ? 0 : 1, changed);
    this.list.splice(before < 0 ? this.list.length : before, before < 0 ? 0 : 1, changed);
  }

  /** Flows, one a line; groups are lines that begin with group_id. */
  add(text: string): this {
    const lines = text.split('\n').map((line) => line.trim());
    const groups = lines.filter((line) => line.startsWith('group_id'));
    const transaction = new FlowTransaction(this.ofproto, NOW);
    for (const group of groups) {
      const error = transaction.stageGroup(parseGroup(group, 'add'));
      if (error !== null) throw new Error(`${group}: ${error}`);
    }
    transaction.commit();
    const flows = lines.filter((line) => line !== '' && !groups.includes(line));
    const mods = flows.map((flow) => parseFlow(flow, { command: 'add' }));
    const refused = applyFlowMods(this.ofproto, mods, 6, NOW);
    if (refused !== null) throw new Error(`${flows[refused.index]}: ${refused.error}`);
    return this;
  }

  table(id: number): OfTable {
    return this.ofproto.tables[id];
  }

  tableMiss(table: number): 'controller' | 'continue' | 'drop' {
    return this.ofproto.tableMiss(table);
  }

  group(id: number): Group | null {
    return this.ofproto.groups.get(id);
  }

  isPortLive(ofport: number): boolean {
    return this.port(ofport) !== null && !this.down.has(ofport);
  }

  timeoutPolicy(): number {
    return 0;
  }

  port(ofport: number): XlatePort | null {
    return this.list.find((port) => port.ofport === ofport) ?? null;
  }

  ports(): readonly XlatePort[] {
    return this.list;
  }

  bundle(id: number): XlateBundle | null {
    return this.port(id)?.bundle ?? null;
  }

  bundles(): readonly XlateBundle[] {
    return [...new Set(this.list.map(({ bundle }) => bundle))];
  }
}

/**
 * A packet in ovs-ofctl's words, as a key; what the tracker has found of it may be among them. It came by `in_port`, port 1 unless said
 * otherwise.
 */
export function keyOf(text: string): Int32Array {
  const key = new Int32Array(FLOW_WORDS);
  extract(lentPacket(frame(text)), key, 0);
  key[W_IN_PORT] = 1;
  const match = parseMatch(text);
  for (const field of match.fields())
    if (/^(ct_|in_port|dp_hash|recirc_id|skb_priority|pkt_mark|ip_frag)/.test(field))
      setField(key, 0, field as FieldName, match.get(field).value);
  return key;
}

interface Circumstances {
  frozen?: FrozenState | null;
  earlier?: readonly Effect[];
  actions?: readonly Action[];
}

/** Translations that share recirculation ids, and what was said on their way. */
export class Translator {
  readonly recirculation = new RecirculationTable();
  readonly notes: string[] = [];

  run(bridge: XlateBridge, packet: string, { frozen = null, ...more }: Circumstances = {}): Translation {
    const observer = { table: () => {}, action: () => {}, note: (text: string) => void this.notes.push(text) };
    const { recirculation } = this;
    return translate({ bridge, recirculation, key: keyOf(packet), at: 0, frozen, now: NOW, observer, ...more });
  }

  /** The state in which the packet of that id resumes. */
  frozen(id: number): FrozenState {
    const state = this.recirculation.get(id);
    if (state === null) throw new Error(`no state with id ${id}`);
    return state;
  }
}

export const programOf = ({ program }: Translation): string => formatDpProgram(program);

/** What of the packet is looked at, as dpctl/dump-flows shows a flow, but for what every flow has of a packet of port 1. */
export function maskOf(packet: string, { mask }: Translation): string {
  const text = formatDpKey(keyOf(packet), mask.subarray(0, DP_WORDS));
  return text.replace(/^recirc_id\(0\),in_port\(1\),/, '');
}

/** Cookies of the rules hit. */
export const rulesOf = ({ rules }: Translation): number[] => rules.map(({ cookie }) => Number(cookie));
