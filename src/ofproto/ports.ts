/** The OpenFlow ports of a switch: descriptions as controllers see them, and notifications of their changes. */
import { OFPP } from '../openflow/action-types.js';
import type { PortDesc } from '../openflow/message-types.js';
import type { OfConnection } from './connection.js';

export interface PortEntry {
  readonly desc: PortDesc;
  readonly createdMs: number;
}

export interface PortChange {
  readonly reason: 'add' | 'delete' | 'modify';
  readonly desc: PortDesc;
  /** As it was before, if it was there. */
  readonly before: PortDesc | null;
  /** Whose wish the change was, if a controller's. */
  readonly source: OfConnection | null;
}

/** The ports of one switch by OpenFlow number. */
export class PortList {
  private readonly entries = new Map<number, PortEntry>();
  private readonly changed: (change: PortChange) => void;

  constructor(changed: (change: PortChange) => void) {
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
    this.changed({ reason: 'add', desc, before: null, source: null });
  }

  /** Replaces the description; notifies only of what really differs. */
  update(desc: PortDesc, source: OfConnection | null = null): void {
    const entry = this.entries.get(desc.port);
    if (entry === undefined || sameDesc(entry.desc, desc)) return;
    this.entries.set(desc.port, { desc, createdMs: entry.createdMs });
    this.changed({ reason: 'modify', desc, before: entry.desc, source });
  }

  remove(port: number): void {
    const entry = this.entries.get(port);
    if (entry === undefined) return;
    this.entries.delete(port);
    this.changed({ reason: 'delete', desc: entry.desc, before: entry.desc, source: null });
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
