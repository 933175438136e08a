/** The OpenFlow ports of a switch: descriptions as controllers see them, and who is told when they change. */
import { OFPP } from '../openflow/action-types.js';
import type { PortDesc } from '../openflow/message-types.js';

export interface PortEntry {
  readonly desc: PortDesc;
  readonly createdMs: number;
}

export type PortChange = 'add' | 'delete' | 'modify';

export class PortList {
  private readonly entries = new Map<number, PortEntry>();
  private readonly changed: (reason: PortChange, desc: PortDesc) => void;

  constructor(changed: (reason: PortChange, desc: PortDesc) => void) {
    this.changed = changed;
  }

  get size(): number {
    return this.entries.size;
  }

  get(port: number): PortDesc | null {
    return this.entries.get(port)?.desc ?? null;
  }

  entry(port: number): PortEntry | null {
    return this.entries.get(port) ?? null;
  }

  byName(name: string): PortDesc | null {
    for (const { desc } of this.entries.values()) if (desc.name === name) return desc;
    return null;
  }

  /** The smallest number from 1 that no port has; null if all are taken. */
  freeNumber(): number | null {
    for (let port = 1; port < OFPP.MAX; port++) if (!this.entries.has(port)) return port;
    return null;
  }

  add(desc: PortDesc, now: number): void {
    this.entries.set(desc.port, { desc, createdMs: now });
    this.changed('add', desc);
  }

  /** Replaces the description; tells only of what really differs. */
  update(desc: PortDesc): void {
    const entry = this.entries.get(desc.port);
    if (entry === undefined || sameDesc(entry.desc, desc)) return;
    this.entries.set(desc.port, { desc, createdMs: entry.createdMs });
    this.changed('modify', desc);
  }

  remove(port: number): void {
    const entry = this.entries.get(port);
    if (entry === undefined) return;
    this.entries.delete(port);
    this.changed('delete', entry.desc);
  }

  /** All ports by number, LOCAL last. */
  list(): PortEntry[] {
    return [...this.entries.values()].sort((a, b) => a.desc.port - b.desc.port);
  }
}

function sameDesc(a: PortDesc, b: PortDesc): boolean {
  const bytes = a.mac.length === b.mac.length && a.mac.every((byte, i) => byte === b.mac[i]);
  return bytes && JSON.stringify({ ...a, mac: null }) === JSON.stringify({ ...b, mac: null });
}
