/**
 * Stop here, come back later: the state of a translation that must survive while the packet is in the tracker, or that a
 * controller's packet-in is described from. States are interned, so the same state always has the same recirculation id
 * and a re-translation yields the same program. An id lives as long as somebody (a datapath flow, a packet in
 * flight) refers to it.
 */
import { GROUP_TUNNEL, W_GROUPS, W_METADATA, W_NSH_BASE, W_TUN_ID } from '../../datapath/keys/layout.js';
import type { Rule } from '../ofproto/rule.js';
import type { Action, Instruction } from '../openflow/action-types.js';
import type { XlateBridge } from './view.js';

/** What packet-ins say of the flow that sent them. */
export type RuleFacts = Pick<Rule, 'cookie' | 'isTableMiss'>;

/** The end of a list of instructions, to be run when the packet comes back. */
export interface Rest {
  readonly table: number;
  readonly rule: RuleFacts | null;
  readonly instructions: readonly Instruction[];
  readonly inActionSet: boolean;
}

export interface FrozenState {
  readonly bridge: XlateBridge;
  /** Table in which the packet resumes; for a packet-in, the table that sent it. */
  readonly table: number;
  /** OpenFlow number. */
  readonly inPort: number;
  /** The pipeline-only words of the key: metadata, registers, conj_id, actset_output. */
  readonly pipeline: Int32Array;
  /** Tunnel metadata, as it came or as actions have written it; not there while all of it is zero. */
  readonly tunnel?: Int32Array;
  readonly stack: readonly bigint[];
  readonly actionSet: readonly Action[];
  /** The ct_* fields of the packet are to be believed. */
  readonly conntracked: boolean;
  /** The packet resumes in this group, and is done after it; otherwise in `table`. */
  readonly group?: number;
  /** The packet resumes in the middle of lists of actions, innermost first; otherwise in `table`. */
  readonly rest?: readonly Rest[];
  /** What the `controller` action gives its packet-in on the way. */
  readonly userdata?: Uint8Array;
}

/** What of the key is kept: the packet itself carries none of it through the tracker. */
export function pipelineOf(key: Int32Array): Pick<FrozenState, 'pipeline' | 'tunnel'> {
  const pipeline = key.slice(W_METADATA);
  for (let i = W_TUN_ID; i < W_NSH_BASE; i++)
    if (key[i] !== 0) return { pipeline, tunnel: key.slice(W_TUN_ID, W_NSH_BASE) };
  return { pipeline };
}

/** Puts it back into the key of the packet that has come back. */
export function restorePipeline(key: Int32Array, { pipeline, tunnel }: FrozenState): void {
  key.set(pipeline, W_METADATA);
  if (tunnel === undefined) key.fill(0, W_TUN_ID, W_NSH_BASE);
  else key.set(tunnel, W_TUN_ID);
  key[W_GROUPS] = (key[W_GROUPS] & ~GROUP_TUNNEL) | (tunnel === undefined ? 0 : GROUP_TUNNEL);
}

interface Entry {
  readonly id: number;
  readonly identity: string;
  readonly state: FrozenState;
  references: number;
}

/** Ids alive at once; each is held by a datapath flow, of which there are at most 200 000. */
const MAX_IDS = 1_000_000;

/** Frozen states by recirculation id, each with a count of references. */
export class RecirculationTable {
  private readonly byId = new Map<number, Entry>();
  private readonly byIdentity = new Map<string, Entry>();
  private lastId = 0;

  get size(): number {
    return this.byId.size;
  }

  get(id: number): FrozenState | null {
    return this.byId.get(id)?.state ?? null;
  }

  /** The id of this state, with one more reference for the caller to give back; 0 if the table is full. */
  acquire(state: FrozenState): number {
    const identity = identityOf(state);
    const known = this.byIdentity.get(identity);
    if (known !== undefined) {
      known.references++;
      return known.id;
    }
    if (this.byId.size >= MAX_IDS) return 0;
    const entry = { id: this.nextId(), identity, state, references: 1 };
    this.byId.set(entry.id, entry);
    this.byIdentity.set(identity, entry);
    return entry.id;
  }

  release(id: number): void {
    const entry = this.byId.get(id);
    if (entry === undefined || --entry.references > 0) return;
    this.byId.delete(id);
    this.byIdentity.delete(entry.identity);
  }

  /** Ids count up and are not reused until all 2^31 have been: a packet in flight must not resume in another's state. */
  private nextId(): number {
    do this.lastId = this.lastId === 0x7fffffff ? 1 : this.lastId + 1;
    while (this.byId.has(this.lastId));
    return this.lastId;
  }
}

function identityOf(s: FrozenState): string {
  const actionSet = s.actionSet.length === 0 ? '' : JSON.stringify(s.actionSet, plain);
  const rest = s.rest === undefined ? '' : JSON.stringify(s.rest, plain);
  const userdata = s.userdata?.join() ?? '';
  const flags = s.conntracked ? 1 : 0;
  const place = [s.bridge.name, s.table, s.inPort, flags, s.group ?? ''];
  return [...place, s.pipeline.join(), s.tunnel?.join() ?? '', s.stack.join(), actionSet, rest, userdata].join(';');
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
