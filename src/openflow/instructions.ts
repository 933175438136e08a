/**
 * Instructions: what a flow does, from OpenFlow 1.1 on. OpenFlow 1.0 has a bare list of actions, in which Open vSwitch
 * also accepts what stands for other instructions (write_metadata; goto_table as a resubmit).
 */
import type { Match } from '../match/match.js';
import { readAction, writeActions } from './action-codec.js';
import { type Action, type Instruction, OFPP } from './action-types.js';
import { ACTION_ROWS } from './actions/table.js';
import { checkPlace, type EncodeContext, encodeContext, NX_VENDOR, openVendor } from './actions/wire.js';
import { OpenFlowError } from './errors.js';
import type { OfVersion } from './message-types.js';
import { Reader } from './reader.js';
import { OF10, OF15 } from './version.js';
import { Writer } from './writer.js';

const GOTO_TABLE = 1;
const WRITE_METADATA = 2;
const WRITE_ACTIONS = 3;
const APPLY_ACTIONS = 4;
const CLEAR_ACTIONS = 5;
const METER = 6;
const EXPERIMENTER = 0xffff;
/** OpenFlow 1.5's action: type 29, 8 bytes. */
const METER_ACTION = 29;
const METER_ACTION_HEAD = (METER_ACTION << 16) | 8;

const HEADER_SIZE = 4;
/** In front of an instruction's list of actions. */
const LIST_HEAD = 8;
const SMALLEST = 8;
const NX_WRITE_METADATA = 22;
const NX_HEADER_SIZE = 10;
const NX_METADATA_SIZE = 32;

/** The order in which instructions take effect, which is how they are kept. */
export const INSTRUCTION_ORDER: readonly Instruction['type'][] = [
  'meter',
  'apply_actions',
  'clear_actions',
  'write_actions',
  'write_metadata',
  'goto_table',
];

/** All of `r`. The frames of all instructions are checked before what is in any of them. */
export function readInstructions(r: Reader, version: OfVersion): Instruction[] {
  if (version === OF10) return readPlain(r, version);
  const bodies = new Map<Instruction['type'], Reader>();
  while (r.remaining > 0) readFrame(r, version, bodies);
  const found: Instruction[] = [];
  for (const type of INSTRUCTION_ORDER) {
    const body = bodies.get(type);
    if (body) found.push(...readBody(type, body, version));
  }
  for (const instruction of found)
    if (instruction.type === 'apply_actions') for (const action of instruction.actions) checkPlace(action, null);
  return found;
}

/** Once metadata is written nothing may follow: versions with instructions could not say it. */
function readPlain(r: Reader, version: OfVersion): Instruction[] {
  const actions: Action[] = [];
  const others: Instruction[] = [];
  let isOrdered = true;
  while (r.remaining > 0) {
    if (others.length > 0) isOrdered = false;
    if (isNxMetadata(r)) others.push(readNxMetadata(r));
    else actions.push(readAction(r, { version, outer: null }));
  }
  for (const action of actions) checkPlace(action, null);
  if (!isOrdered) throw new OpenFlowError('OFPBAC_UNSUPPORTED_ORDER');
  return actions.length > 0 ? [{ type: 'apply_actions', actions }, ...others] : others;
}

function isNxMetadata({ remaining, view, pos }: Reader): boolean {
  if (remaining < NX_METADATA_SIZE || view.getUint16(pos) !== EXPERIMENTER) return false;
  return view.getUint32(pos + 4) === NX_VENDOR && view.getUint16(pos + 8) === NX_WRITE_METADATA;
}

function readNxMetadata(r: Reader): Instruction {
  const body = r.sub(NX_METADATA_SIZE, 'OFPBAC_BAD_LEN');
  if (body.view.getUint16(body.pos + 2) !== NX_METADATA_SIZE) throw new OpenFlowError('OFPBAC_BAD_LEN');
  body.skip(NX_HEADER_SIZE);
  body.zeros(6, 'NXBRC_MUST_BE_ZERO');
  const metadata = body.u64();
  return { type: 'write_metadata', metadata, mask: body.u64() };
}

/** Number and size (negative: at least) of the instructions. */
const FRAMES: Readonly<Record<number, readonly [type: Instruction['type'], size: number]>> = {
  [GOTO_TABLE]: ['goto_table', 8],
  [WRITE_METADATA]: ['write_metadata', 24],
  [WRITE_ACTIONS]: ['write_actions', -8],
  [APPLY_ACTIONS]: ['apply_actions', -8],
  [CLEAR_ACTIONS]: ['clear_actions', 8],
  [METER]: ['meter', 8],
};

/** Meters are an instruction to 1.4 (Open vSwitch takes it from 1.1 on) and an action since. */
function readFrame(r: Reader, version: OfVersion, bodies: Map<Instruction['type'], Reader>): void {
  if (r.remaining < HEADER_SIZE) throw new OpenFlowError('OFPBIC_BAD_LEN');
  const code = r.u16();
  const size = r.u16();
  if (size < SMALLEST || size % 8 !== 0 || size - HEADER_SIZE > r.remaining) throw new OpenFlowError('OFPBIC_BAD_LEN');
  const body = r.sub(size - HEADER_SIZE, 'OFPBIC_BAD_LEN');
  if (code === EXPERIMENTER) throw new OpenFlowError('OFPBIC_BAD_EXPERIMENTER');
  const frame = code === METER && version >= OF15 ? undefined : FRAMES[code];
  if (frame === undefined) throw new OpenFlowError('OFPBIC_UNKNOWN_INST');
  const [type, wanted] = frame;
  if (wanted > 0 && size !== wanted) throw new OpenFlowError('OFPBIC_BAD_LEN');
  if (bodies.has(type)) throw new OpenFlowError('OFPBIC_DUP_INST');
  bodies.set(type, body);
}

function readBody(type: Instruction['type'], body: Reader, version: OfVersion): Instruction[] {
  switch (type) {
    case 'meter':
      return [{ type, meter: body.u32() }];
    case 'apply_actions':
      return readApply(body, version);
    case 'write_actions':
      return [{ type, actions: readSet(body, version) }];
    case 'clear_actions':
      return [{ type }];
    case 'write_metadata':
      return [readMetadata(body)];
    case 'goto_table':
      return [{ type, table: body.u8() }];
  }
}

/** In 1.5 the meter is the first of the actions. */
function readApply(body: Reader, version: OfVersion): Instruction[] {
  const { view, pos } = body;
  const isMetered = version >= OF15 && body.remaining >= 12 && view.getUint32(pos + 4) === METER_ACTION_HEAD;
  if (!isMetered) return [{ type: 'apply_actions', actions: readList(body, version) }];
  body.skip(8);
  const meter: Instruction = { type: 'meter', meter: body.u32() };
  body.pos -= 4; // where the padding in front of the actions would be
  const actions = readList(body, version);
  return actions.length > 0 ? [meter, { type: 'apply_actions', actions }] : [meter];
}

function readMetadata(body: Reader): Instruction {
  body.skip(4);
  const metadata = body.u64();
  return { type: 'write_metadata', metadata, mask: body.u64() };
}

/** The actions as they are; where they stand is looked at when all instructions have been read. */
function readList(body: Reader, version: OfVersion): Action[] {
  body.skip(4);
  const list = body.sub(body.remaining, 'OFPBAC_BAD_LEN');
  const actions: Action[] = [];
  while (list.remaining > 0) actions.push(readAction(list, { version, outer: null }));
  return actions;
}

/** What makes no sense in it does nothing, but for actions that no set can hold. */
function readSet(body: Reader, version: OfVersion): Action[] {
  const actions = readList(body, version);
  const other = actions.find(({ type }) => ACTION_ROWS[type].place === null);
  if (other !== undefined) throw new OpenFlowError('OFPBAC_BAD_TYPE', `${other.type} cannot be in an action set`);
  return actions;
}

export function writeInstructions(w: Writer, instructions: readonly Instruction[], context: EncodeContext): void {
  const [first, second] = instructions;
  if (first?.type === 'meter' && context.version >= OF15) {
    const applied = second?.type === 'apply_actions' ? second.actions : [];
    writeMetered(w, first.meter, applied, context);
    return writeInstructions(w, instructions.slice(applied.length > 0 ? 2 : 1), context);
  }
  for (const instruction of instructions) {
    if (context.version === OF10) writePlain(w, instruction, context);
    else writeInstruction(w, instruction, context);
  }
}

/** OpenFlow 1.0 cannot say "clear", "write actions" or "meter": they are left out. */
function writePlain(w: Writer, instruction: Instruction, context: EncodeContext): void {
  if (instruction.type === 'apply_actions') writeActions(w, instruction.actions, context);
  else if (instruction.type === 'goto_table') writeGoto(w, instruction.table, context);
  else if (instruction.type === 'write_metadata') {
    const from = openVendor(w, NX_VENDOR, NX_WRITE_METADATA);
    w.zeros(6);
    w.u64(instruction.metadata);
    w.u64(instruction.mask);
    w.patchSize(from + 2, from);
  }
}

function writeGoto(w: Writer, table: number, context: EncodeContext): void {
  writeActions(w, [{ type: 'resubmit', port: OFPP.IN_PORT, table, withCt: false }], context);
}

function writeMetered(w: Writer, meter: number, actions: readonly Action[], context: EncodeContext): void {
  const from = w.size;
  header(w, APPLY_ACTIONS);
  w.zeros(4);
  w.u32(METER_ACTION_HEAD);
  w.u32(meter);
  writeActions(w, actions, context);
  w.patchSize(from + 2, from);
}

function writeInstruction(w: Writer, instruction: Instruction, context: EncodeContext): void {
  const from = w.size;
  switch (instruction.type) {
    case 'meter':
      header(w, METER);
      w.u32(instruction.meter);
      break;
    case 'apply_actions':
      if (instruction.actions.length === 0) return;
      header(w, APPLY_ACTIONS);
      w.zeros(4);
      writeActions(w, instruction.actions, context);
      // Actions of which nothing is left in this version take their instruction with them.
      if (w.size === from + LIST_HEAD && instruction.actions.length > 0) return w.cut(from);
      break;
    case 'write_actions':
      header(w, WRITE_ACTIONS);
      w.zeros(4);
      writeActions(w, instruction.actions, context);
      // Actions of which nothing is left in this version take their instruction with them.
      if (w.size === from + LIST_HEAD && instruction.actions.length > 0) return w.cut(from);
      break;
    case 'clear_actions':
      header(w, CLEAR_ACTIONS);
      w.zeros(4);
      break;
    case 'write_metadata':
      header(w, WRITE_METADATA);
      w.zeros(4);
      w.u64(instruction.metadata);
      w.u64(instruction.mask);
      break;
    case 'goto_table':
      header(w, GOTO_TABLE);
      w.u8(instruction.table);
      w.zeros(3);
  }
  w.patchSize(from + 2, from);
}

function header(w: Writer, type: number): void {
  w.u16(type);
  w.u16(0);
}

/**
 * A list of instructions as objects; over OpenFlow 1.0, a list of actions that becomes some. Throws an OpenFlowError (OFPBIC_...,
 * OFPBAC_...) for bytes that are none.
 */
export function decodeInstructions(bytes: Uint8Array, version: OfVersion): Instruction[] {
  return readInstructions(new Reader(bytes, 'OFPBIC_BAD_LEN'), version);
}

/**
 * The instructions as bytes; `match` as in `encodeActions`. Over OpenFlow 1.0, which has none, only apply_actions leaves anything: its
 * actions.
 */
export function encodeInstructions(
  instructions: readonly Instruction[],
  version: OfVersion,
  match?: Match,
): Uint8Array {
  const w = new Writer();
  writeInstructions(w, instructions, encodeContext(version, match));
  return w.done();
}
