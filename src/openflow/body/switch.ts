/** What a switch is and how a connection is set up: features, configuration, roles, asynchronous messages, formats. */

import { OpenFlowError } from '../errors.js';
import type { MessageBodies, RoleName, SwitchConfigBody } from '../message-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { standardActions } from '../standard-actions.js';
import { pad, struct, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF12, OF13, OF14 } from '../version.js';
import type { BodyCodec, CodecOf } from './codec.js';
import { readPortDesc, writePortDesc } from './port.js';

const FEATURES = struct({
  datapathId: u64,
  nBuffers: u32,
  nTables: u8,
  auxiliaryId: u8,
  _pad: pad(2),
  capabilities: u32,
  actions: u32,
});

/** Bits in all versions that have them; the STP bit of 1.0 became that for groups. */
const CAPABILITY = {
  flowStats: 1,
  tableStats: 2,
  portStats: 4,
  groupStats: 8,
  ipReasm: 0x20,
  queueStats: 0x40,
  arpMatchIp: 0x80,
  portBlocked: 0x100,
  bundles: 0x200,
  flowMonitoring: 0x400,
} as const;

type Capabilities = MessageBodies['features_reply']['capabilities'];
const CAPABILITY_NAMES = Object.keys(CAPABILITY) as (keyof Capabilities)[];

function capabilityBits(capabilities: Capabilities, version: number): number {
  let bits = 0;
  for (const name of CAPABILITY_NAMES) if (capabilities[name]) bits |= CAPABILITY[name];
  return bits & knownCapabilities(version);
}

function knownCapabilities(version: number): number {
  if (version === OF10) return 0x0e7 | CAPABILITY.groupStats;
  const known = 0x6f | (version < OF12 ? CAPABILITY.arpMatchIp : 0);
  const blocked = version >= 3 ? CAPABILITY.portBlocked : 0;
  return known | blocked | (version >= OF14 ? CAPABILITY.bundles | CAPABILITY.flowMonitoring : 0);
}

export const featuresReply: CodecOf<'features_reply'> = {
  read(r, context) {
    const { datapathId, nBuffers, nTables, auxiliaryId, capabilities } = FEATURES.read(r);
    const entries = CAPABILITY_NAMES.map((name) => [name, (capabilities & CAPABILITY[name]) !== 0]);
    const ports = [];
    while (context.version < OF13 && r.remaining > 0) ports.push(readPortDesc(r, context));
    return {
      datapathId,
      nBuffers,
      nTables,
      auxiliaryId,
      capabilities: Object.fromEntries(entries) as Capabilities,
      ports,
    };
  },
  write(w, body, context) {
    FEATURES.write(w, {
      datapathId: body.datapathId,
      nBuffers: body.nBuffers,
      nTables: body.nTables,
      auxiliaryId: context.version >= OF13 ? body.auxiliaryId : 0,
      capabilities: capabilityBits(body.capabilities, context.version),
      actions: context.version === OF10 ? standardActions(OF10) : 0,
    });
    if (context.version < OF13) for (const port of body.ports) writePortDesc(w, port, context);
  },
};

const FRAGMENTS = 3;
const INVALID_TTL = 4;

/** Flags that do not exist are refused in what sets them, and passed over in what tells of them. */
const config = (strict: boolean): BodyCodec<SwitchConfigBody> => ({
  read(r, { version }) {
    const flags = r.u16();
    const known = FRAGMENTS | (version < OF13 ? INVALID_TTL : 0);
    if (strict && (flags & ~known) !== 0) throw new OpenFlowError('OFPSCFC_BAD_FLAGS');
    const invalidTtlToController = (flags & known & INVALID_TTL) !== 0;
    return { fragments: flags & FRAGMENTS, invalidTtlToController, missSendLen: r.u16() };
  },
  write(w, { fragments, invalidTtlToController, missSendLen }, { version }) {
    w.u16(fragments | (invalidTtlToController && version < OF13 ? INVALID_TTL : 0));
    w.u16(missSendLen);
  },
});

export const setConfig = config(true);
export const configReply = config(false);

const ROLES: readonly RoleName[] = ['nochange', 'equal', 'primary', 'secondary'];
const NX_ROLES: readonly RoleName[] = ['equal', 'primary', 'secondary'];

type RoleBody = { role: RoleName; generationId?: bigint };
/** In a reply: the switch has no generation yet. */
const NO_GENERATION = 0xffffffffffffffffn;

export const role: BodyCodec<RoleBody> = {
  read(r): RoleBody {
    const found = ROLES[r.u32()];
    r.skip(4);
    const generationId = r.u64();
    if (found === undefined) throw new OpenFlowError('OFPRRFC_BAD_ROLE');
    const counts = found === 'primary' || found === 'secondary';
    return counts ? { role: found, generationId } : { role: found };
  },
  write(w, body) {
    w.u32(ROLES.indexOf(body.role));
    w.zeros(4);
    w.u64(body.generationId ?? 0n);
  },
};

/** Replies carry the generation whatever the role. */
export const roleReply: BodyCodec<RoleBody> = {
  read(r): RoleBody {
    const found = ROLES[r.u32()];
    r.skip(4);
    const generationId = r.u64();
    if (found === undefined) throw new OpenFlowError('OFPRRFC_BAD_ROLE');
    return generationId === NO_GENERATION ? { role: found } : { role: found, generationId };
  },
  write(w, body) {
    w.u32(ROLES.indexOf(body.role));
    w.zeros(4);
    w.u64(body.generationId ?? NO_GENERATION);
  },
};

export const nxRole: BodyCodec<RoleBody> = {
  read(r): RoleBody {
    const found = NX_ROLES[r.u32()];
    if (found === undefined) throw new OpenFlowError('OFPRRFC_BAD_ROLE');
    return { role: found };
  },
  write: (w, body) => w.u32(Math.max(0, NX_ROLES.indexOf(body.role))),
};

type Masks = { masks: number[] };

/** Packet-in, port-status, flow-removed, each for the primary and the secondary role. */
const BASIC_MASKS = 6;
/** With role-status, table-status and requestforward. */
const ALL_MASKS = 12;

/** masks[2 * kind + (secondary ? 1 : 0)], kinds as in the comment above. */
const NOT_SAID = -1;
/** Reasons that there are: of packet-in, port-status, flow-removed, role-status, table-status, requestforward; the first in 1.3. */
const REASONS = [0x3f, 7, 0x3f, 7, 0x18, 3] as const;
const BASIC_REASONS = [7, 7, 0xf] as const;

export const asyncMasks: BodyCodec<Masks> = {
  read: (r) => ({ masks: Array.from({ length: BASIC_MASKS }, () => r.u32()) }),
  write(w, { masks }) {
    for (let i = 0; i < BASIC_MASKS; i++) w.u32((masks[i] ?? 0) & BASIC_REASONS[i >> 1]!);
  },
};

/** Properties 0..11: those for the secondary role are even. One that is not there is negative: it stays as it is. */
export const asyncProperties: BodyCodec<Masks> = {
  read(r) {
    const masks: number[] = [];
    const handlers: Record<number, (p: typeof r) => void> = {};
    for (let type = 0; type < ALL_MASKS; type++)
      handlers[type] = (p) => void (masks[type ^ 1] = readReasons(p, type >> 1));
    readProperties(r, 'OFPACFC_UNSUPPORTED', handlers);
    return { masks: Array.from({ length: ALL_MASKS }, (_, i) => masks[i] ?? NOT_SAID) };
  },
  write(w, { masks }) {
    for (let type = 0; type < ALL_MASKS; type++) {
      const mask = masks[type ^ 1] ?? 0;
      if (mask >= 0) writeProperty(w, type, () => w.u32(mask));
    }
  },
};

function readReasons(p: Reader, kind: number): number {
  if (p.remaining !== 4) throw new OpenFlowError('OFPBPC_BAD_LEN');
  const mask = p.u32();
  if ((mask & ~REASONS[kind]!) !== 0) throw new OpenFlowError('OFPACFC_INVALID');
  return mask;
}

export const packetInFormat: CodecOf<'set_packet_in_format'> = {
  read(r) {
    const format = r.u32();
    if (format > 2) throw new OpenFlowError('OFPBRC_EPERM');
    return { format };
  },
  write: (w, { format }) => w.u32(format),
};

export const flowFormat: CodecOf<'set_flow_format'> = {
  read(r) {
    const format = r.u32();
    if (format !== 0 && format !== 2) throw new OpenFlowError('OFPBRC_EPERM');
    return { format };
  },
  write: (w, { format }) => w.u32(format),
};

export const flowModTableId: CodecOf<'flow_mod_table_id'> = {
  read(r) {
    const set = r.u8() !== 0;
    r.skip(7);
    return { set };
  },
  write(w, { set }) {
    w.u8(set ? 1 : 0);
    w.zeros(7);
  },
};

const CONTROLLER_ID = struct({ _pad: pad(6), id: u16 });

export const controllerId: CodecOf<'set_controller_id'> = {
  read(r) {
    r.need(CONTROLLER_ID.size);
    r.zeros(6, 'NXBRC_MUST_BE_ZERO');
    return { id: r.u16() };
  },
  write: (w, body) => CONTROLLER_ID.write(w, body),
};

export const ctFlushZone: CodecOf<'ct_flush_zone'> = {
  read(r) {
    r.zeros(6, 'NXBRC_MUST_BE_ZERO');
    return { zone: r.u16() };
  },
  write: (w, { zone }) => CONTROLLER_ID.write(w, { id: zone }),
};

const DESC_SIZE = 256;
const SERIAL_SIZE = 32;

export const descReply: CodecOf<'desc_reply'> = {
  read: (r) => ({
    manufacturer: r.text(DESC_SIZE),
    hardware: r.text(DESC_SIZE),
    software: r.text(DESC_SIZE),
    serial: r.text(SERIAL_SIZE),
    datapath: r.text(DESC_SIZE),
  }),
  write(w, { manufacturer, hardware, software, serial, datapath }) {
    w.text(manufacturer, DESC_SIZE);
    w.text(hardware, DESC_SIZE);
    w.text(software, DESC_SIZE);
    w.text(serial, SERIAL_SIZE);
    w.text(datapath, DESC_SIZE);
  },
};
