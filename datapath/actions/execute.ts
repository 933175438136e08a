/**
 * Runs a datapath program over a batch of packets. @hot
 *
 * The switch only dispatches; each action's loop over the batch is in its helper. Ownership: `run` takes all packets of the
 * batch over and leaves it empty. A packet that a port has queued must not change before the flush, so whoever changes
 * bytes calls `own` first, which puts clones in the place of queued packets; most programs output last and never copy.
 *
 * Accounting: each action that gives the packet somewhere (output, userspace, recirc, clone, drop) is one *delivery* of it
 * (the table of ops.ts says which are). A packet that comes to the end without one is dropped; one with several has multiplied, and
 * `host.multiplied` says by how many, so that what came in equals what went out.
 */
import type { PacketBatch } from '../packet/batch.js';
import { cloneBatch, NestedBatches, own } from './do-clone.js';
import { clearTracking, track } from './do-ct.js';
import { hashPackets } from './do-hash.js';
import { outputCut } from './do-output.js';
import { changeTags } from './do-tags.js';
import { DROP_NESTED_TOO_DEEP, DROP_NO_ACTIONS } from './drop-reasons.js';
import type { ActionHost } from './host.js';
import * as ops from './ops.js';
import { setFields } from './set-field.js';

const { OPS, BYTE_CHANGES, DELIVERIES } = ops;

export class Executor {
  private readonly nested = new NestedBatches();

  constructor(private readonly host: ActionHost) {}

  /** `origin` is that of the decision (decision.ts) which the program comes from. */
  run(batch: PacketBatch, program: Int32Array, origin: number, now: number): void {
    this.host.conntrack.origin = origin;
    this.runBlock(batch, program, 0, program.length, now);
  }

  private runBlock(batch: PacketBatch, program: Int32Array, at: number, end: number, now: number): void {
    const { host } = this;
    let deliveries = 0;
    let cut = 0;
    while (at < end && batch.count > 0) {
      const args = at + 2;
      const next = args + program[at + 1];
      const op = program[at] as ops.Opcode;
      if (((BYTE_CHANGES >>> op) & 1) !== 0) own(host, batch, deliveries);
      switch (op) {
        case OPS.output:
          this.output(batch, program[args], cut);
          cut = 0;
          break;
        case OPS.userspace:
          this.toUserspace(batch, program, args, now);
          break;
        case OPS.set:
          setFields(batch, program, args);
          break;
        case OPS.pushVlan:
        case OPS.popVlan:
        case OPS.pushMpls:
        case OPS.popMpls:
          changeTags(host, batch, program, at, deliveries);
          break;
        case OPS.ct:
          track(host, batch, program, args, deliveries, now);
          break;
        case OPS.ctClear:
          clearTracking(batch);
          break;
        case OPS.recirc:
          if (next >= end) return this.recirculateAll(batch, program[args], deliveries);
          this.recirculateCopies(batch, program[args]);
          break;
        case OPS.truncate:
          cut = program[args];
          break;
        case OPS.clone:
          if (next >= end) return this.runLastClone(batch, program, args, end, deliveries, now);
          this.runOnCopies(batch, program, args, next, now);
          break;
        case OPS.drop:
          dropAll(host, batch, program[args]);
          break;
        case OPS.hash:
          hashPackets(batch, program[args], program[args + 1]);
          break;
        default:
          op satisfies never; // a row of ops.ts without its case does not compile
      }
      deliveries += (DELIVERIES >>> op) & 1;
      at = next;
    }
    finish(host, batch, deliveries);
  }

  private output(batch: PacketBatch, port: number, cut: number): void {
    if (cut === 0) this.host.output(batch, port);
    else outputCut(this.host, this.nested, batch, port, cut);
  }

  private toUserspace(batch: PacketBatch, program: Int32Array, at: number, now: number): void {
    for (let i = 0; i < batch.count; i++) this.host.userspace(batch.packets[i], program, at, now);
  }

  /** Nobody uses the packets afterwards: the nested program may have them instead of copies. */
  private runLastClone(
    batch: PacketBatch,
    program: Int32Array,
    at: number,
    end: number,
    deliveries: number,
    now: number,
  ): void {
    this.host.multiplied(deliveries * batch.count);
    this.runBlock(batch, program, at, end, now);
  }

  private runOnCopies(batch: PacketBatch, program: Int32Array, at: number, end: number, now: number): void {
    const copies = this.nested.enter();
    if (copies === null) return dropAll(this.host, batch, DROP_NESTED_TOO_DEEP);
    cloneBatch(this.host, batch, copies);
    this.runBlock(copies, program, at, end, now);
    this.nested.leave();
  }

  private recirculateAll(batch: PacketBatch, id: number, deliveries: number): void {
    this.host.multiplied(deliveries * batch.count);
    recirculate(this.host, batch, id);
  }

  private recirculateCopies(batch: PacketBatch, id: number): void {
    const copies = this.nested.enter();
    if (copies === null) return dropAll(this.host, batch, DROP_NESTED_TOO_DEEP);
    cloneBatch(this.host, batch, copies);
    recirculate(this.host, copies, id);
    this.nested.leave();
  }
}

function recirculate(host: ActionHost, batch: PacketBatch, id: number): void {
  for (let i = 0; i < batch.count; i++) {
    const packet = batch.packets[i];
    packet.recircId = id;
    packet.depth++;
    host.recirculate(packet);
  }
  batch.count = 0;
}

function dropAll(host: ActionHost, batch: PacketBatch, reason: number): void {
  for (let i = 0; i < batch.count; i++) host.drop(batch.packets[i], reason);
}

function finish(host: ActionHost, batch: PacketBatch, deliveries: number): void {
  const { packets, count } = batch;
  if (deliveries === 0) dropAll(host, batch, DROP_NO_ACTIONS);
  else if (deliveries > 1) host.multiplied((deliveries - 1) * count);
  for (let i = 0; i < count; i++) host.retire(packets[i]);
  batch.count = 0;
}
