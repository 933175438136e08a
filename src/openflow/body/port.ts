/** Ports: descriptions, status, modification, statistics. */
import { OpenFlowError } from '../errors.js';
import type { MessageBodies, PortDesc, PortStatsEntry } from '../message-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { mac, pad, port32, struct, text, u16, u32, u64 } from '../struct.js';
import { OF10, OF13, OF14, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { type BodyContext, type CodecOf, listBody } from './codec.js';

const NAME = text(16);
const DESC_10 = struct({
  port: u16,
  mac,
  name: NAME,
  config: u32,
  state: u32,
  curr: u32,
  advertised: u32,
  supported: u32,
  peer: u32,
});
const DESC_11 = struct({
  port: port32,
  _pad1: pad(4),
  mac,
  _pad2: pad(2),
  name: NAME,
  config: u32,
  state: u32,
  curr: u32,
  advertised: u32,
  supported: u32,
  peer: u32,
  currSpeed: u32,
  maxSpeed: u32,
});
const DESC_14 = struct({
  port: port32,
  size: u16,
  _pad1: pad(2),
  mac,
  _pad2: pad(2),
  name: NAME,
  config: u32,
  state: u32,
});
const ETHERNET = struct({
  _pad: pad(4),
  curr: u32,
  advertised: u32,
  supported: u32,
  peer: u32,
  currSpeed: u32,
  maxSpeed: u32,
});
const ETHERNET_PROPERTY = 0;

const CONFIG = {
  portDown: 1,
  noStp: 2,
  noRecv: 4,
  noRecvStp: 8,
  noFlood: 0x10,
  noFwd: 0x20,
  noPacketIn: 0x40,
} as const;
const CONFIG_11 = CONFIG.portDown | CONFIG.noRecv | CONFIG.noFwd | CONFIG.noPacketIn;
const CONFIG_10 = CONFIG_11 | CONFIG.noStp | CONFIG.noRecvStp | CONFIG.noFlood;
const STATE = { linkDown: 1, blocked: 2, live: 4 } as const;
/** OpenFlow 1.0: the state of the spanning tree in two bits. */
const STP_MASK_10 = 0x300;

/** Features moved when 1.1 put three speeds and "other" behind the seventh. */
const SPEEDS_10 = 0x7f;
const MEDIA_10_SHIFT = 4;
const MEDIA_10 = 0xf80;

export const featuresFrom10 = (bits: number): number => (bits & SPEEDS_10) | ((bits & MEDIA_10) << MEDIA_10_SHIFT);
export const featuresTo10 = (bits: number): number => (bits & SPEEDS_10) | ((bits >>> MEDIA_10_SHIFT) & MEDIA_10);

function configFromBits(bits: number, version: number): PortDesc['config'] {
  const has = (bit: number): boolean => (bits & bit) !== 0;
  const old = { noStp: has(CONFIG.noStp), noRecvStp: has(CONFIG.noRecvStp) };
  return {
    portDown: has(CONFIG.portDown),
    noRecv: has(CONFIG.noRecv),
    noFlood: version === OF10 && has(CONFIG.noFlood),
    noFwd: has(CONFIG.noFwd),
    noPacketIn: has(CONFIG.noPacketIn),
    ...(version === OF10 ? old : {}),
  };
}

function configToBits(config: PortDesc['config'], version: number): number {
  let bits = 0;
  for (const name of Object.keys(CONFIG) as (keyof typeof CONFIG)[]) if (config[name]) bits |= CONFIG[name];
  return bits & (version === OF10 ? CONFIG_10 : CONFIG_11);
}

const stateFromBits = (bits: number): PortDesc['state'] => ({
  linkDown: (bits & STATE.linkDown) !== 0,
  blocked: (bits & STATE.blocked) !== 0,
  live: (bits & STATE.live) !== 0,
});

const stateToBits = ({ linkDown, blocked, live }: PortDesc['state']): number =>
  (linkDown ? STATE.linkDown : 0) | (blocked ? STATE.blocked : 0) | (live ? STATE.live : 0);

/** Speeds (kbit/s) that the feature bits tell of, highest first; OpenFlow 1.0 has no other. */
const SPEED_BITS: readonly (readonly [bit: number, kbps: number])[] = [
  [0x40, 10_000_000],
  [0x30, 1_000_000],
  [0x0c, 100_000],
  [0x03, 10_000],
];

const speedOf = (features: number): number => SPEED_BITS.find(([bits]) => (features & bits) !== 0)?.[1] ?? 0;

export function readPortDesc(r: Reader, { version }: BodyContext): PortDesc {
  if (version === OF10) return readDesc10(r);
  if (version >= OF14) return readDesc14(r);
  const desc = DESC_11.read(r);
  return { ...desc, config: configFromBits(desc.config, version), state: stateFromBits(desc.state) };
}

function readDesc10(r: Reader): PortDesc {
  const desc = DESC_10.read(r);
  const [curr, advertised, supported, peer] = [desc.curr, desc.advertised, desc.supported, desc.peer].map(
    featuresFrom10,
  );
  return {
    ...desc,
    config: configFromBits(desc.config, OF10),
    state: {
      linkDown: (desc.state & STATE.linkDown) !== 0,
      blocked: (desc.state & STP_MASK_10) === STP_MASK_10,
      live: false,
    },
    curr: curr!,
    advertised: advertised!,
    supported: supported!,
    peer: peer!,
    currSpeed: speedOf(curr!),
    maxSpeed: speedOf(supported!),
  };
}

function readDesc14(r: Reader): PortDesc {
  const { size, config, state, ...desc } = DESC_14.read(r);
  if (size < DESC_14.size || size - DESC_14.size > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  let ethernet = { curr: 0, advertised: 0, supported: 0, peer: 0, currSpeed: 0, maxSpeed: 0 };
  readProperties(r.sub(size - DESC_14.size), null, {
    [ETHERNET_PROPERTY]: (p) => (ethernet = ETHERNET.read(p)),
  });
  return { ...desc, config: configFromBits(config, OF14), state: stateFromBits(state), ...ethernet };
}

export function writePortDesc(w: Writer, desc: PortDesc, { version }: BodyContext): void {
  const config = configToBits(desc.config, version);
  const state = stateToBits(desc.state);
  if (version === OF10) return writeDesc10(w, desc, config);
  if (version < OF14) return DESC_11.writeWith(w, desc, { config, state });
  const from = w.size;
  DESC_14.writeWith(w, desc, { config, state, size: 0 });
  writeProperty(w, ETHERNET_PROPERTY, () => ETHERNET.write(w, desc));
  w.patchSize(from + 4, from);
}

function writeDesc10(w: Writer, desc: PortDesc, config: number): void {
  DESC_10.writeWith(w, desc, {
    config,
    state: (desc.state.linkDown ? STATE.linkDown : 0) | (desc.state.blocked ? STP_MASK_10 : 0),
    curr: featuresTo10(desc.curr),
    advertised: featuresTo10(desc.advertised),
    supported: featuresTo10(desc.supported),
    peer: featuresTo10(desc.peer),
  });
}

const REASONS = ['add', 'delete', 'modify'] as const;

export const portStatus: CodecOf<'port_status'> = {
  read(r, context) {
    const reason = REASONS[r.u8()];
    r.skip(7);
    if (reason === undefined) throw new OpenFlowError('NXBRC_BAD_REASON');
    return { reason, desc: readPortDesc(r, context) };
  },
  write(w, { reason, desc }, context) {
    w.u8(REASONS.indexOf(reason));
    w.zeros(7);
    writePortDesc(w, desc, context);
  },
};

const MOD_10 = struct({ port: u16, mac, config: u32, mask: u32, advertise: u32, _pad: pad(4) });
const MOD_11 = struct({
  port: port32,
  _pad1: pad(4),
  mac,
  _pad2: pad(2),
  config: u32,
  mask: u32,
  advertise: u32,
  _pad3: pad(4),
});
const MOD_14 = struct({ port: port32, _pad1: pad(4), mac, _pad2: pad(2), config: u32, mask: u32 });

export const portMod: CodecOf<'port_mod'> = {
  read(r, { version }): MessageBodies['port_mod'] {
    if (version === OF10) {
      const mod = MOD_10.read(r);
      return {
        ...mod,
        config: mod.config & CONFIG_10,
        mask: mod.mask & CONFIG_10,
        advertise: featuresFrom10(mod.advertise),
      };
    }
    if (version < OF14) return MOD_11.read(r);
    const mod = MOD_14.read(r);
    let advertise = 0;
    readProperties(r, 'OFPBPC_BAD_TYPE', { [ETHERNET_PROPERTY]: (p) => (advertise = p.u32()) });
    return { ...mod, advertise };
  },
  write(w, mod, { version }) {
    if (version === OF10) return MOD_10.writeWith(w, mod, { advertise: featuresTo10(mod.advertise) });
    if (version < OF14) return MOD_11.write(w, mod);
    MOD_14.write(w, mod);
    if (mod.advertise !== 0) writeProperty(w, ETHERNET_PROPERTY, () => w.u32(mod.advertise));
  },
};

const REQUEST_10 = struct({ port: u16, _pad: pad(6) });
const REQUEST_11 = struct({ port: port32, _pad: pad(4) });

export const portStatsRequest: CodecOf<'port_stats_request'> = {
  read: (r, { version }) => (version === OF10 ? REQUEST_10 : REQUEST_11).read(r),
  write: (w, body, { version }) => (version === OF10 ? REQUEST_10 : REQUEST_11).write(w, body),
};

const ANY_PORT = 0xffff;

/** Before 1.5 all ports are meant, and there is no body. */
export const portDescRequest: CodecOf<'port_desc_request'> = {
  read: (r) => (r.remaining === 0 ? { port: ANY_PORT } : REQUEST_11.read(r)),
  write(w, body, { version }) {
    if (version === OF15) REQUEST_11.write(w, body);
  },
};

export const portDescReply: CodecOf<'port_desc_reply'> = listBody('ports', readPortDesc, writePortDesc);

const COMMON_COUNTERS = {
  rxPackets: u64,
  txPackets: u64,
  rxBytes: u64,
  txBytes: u64,
  rxDropped: u64,
  txDropped: u64,
  rxErrors: u64,
  txErrors: u64,
};
const ETHERNET_COUNTERS = { rxFrameErrors: u64, rxOverErrors: u64, rxCrcErrors: u64, collisions: u64 };
const COUNTERS = { ...COMMON_COUNTERS, ...ETHERNET_COUNTERS };
const DURATION = { durationSec: u32, durationNsec: u32 };

const STATS_10 = struct({ port: u16, _pad: pad(6), ...COUNTERS });
const STATS_11 = struct({ port: port32, _pad: pad(4), ...COUNTERS });
const STATS_13 = struct({ port: port32, _pad: pad(4), ...COUNTERS, ...DURATION });
const STATS_14 = struct({ size: u16, _pad: pad(2), port: port32, ...DURATION, ...COMMON_COUNTERS });
const STATS_ETHERNET = struct({ _pad: pad(4), ...ETHERNET_COUNTERS });

const UNKNOWN = 0xffffffffffffffffn;

/**
 * A property of Intel's that Open vSwitch adds: the counters of RFC 2819 (frames by size, broadcasts, fragments, jabbers ...), which
 * it knows of some hardware only. Nothing here counts them.
 */
const EXPERIMENTER_PROPERTY = 0xffff;
const INTEL_VENDOR = 0x0000aa01;
const INTEL_RFC2819 = 1;
const RFC2819_COUNTERS = 21;

function writeRfc2819(w: Writer): void {
  writeProperty(w, EXPERIMENTER_PROPERTY, () => {
    w.u32(INTEL_VENDOR);
    w.u32(INTEL_RFC2819);
    w.zeros(4);
    for (let i = 0; i < RFC2819_COUNTERS; i++) w.u64(UNKNOWN);
  });
}

/** Open vSwitch's "no duration": all ones in the seconds. */
const NO_DURATION = { durationSec: 0xffffffff, durationNsec: 0xffffffff };

function readStats(r: Reader, { version }: BodyContext): PortStatsEntry {
  if (version === OF10) return { ...STATS_10.read(r), ...NO_DURATION };
  if (version < OF13) return { ...STATS_11.read(r), ...NO_DURATION };
  if (version === OF13) return STATS_13.read(r);
  const { size, ...stats } = STATS_14.read(r);
  if (size < STATS_14.size || size - STATS_14.size > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  let ethernet = { rxFrameErrors: UNKNOWN, rxOverErrors: UNKNOWN, rxCrcErrors: UNKNOWN, collisions: UNKNOWN };
  readProperties(r.sub(size - STATS_14.size), null, {
    [ETHERNET_PROPERTY]: (p) => (ethernet = STATS_ETHERNET.read(p)),
  });
  return { ...stats, ...ethernet };
}

function writeStats(w: Writer, stats: PortStatsEntry, { version }: BodyContext): void {
  if (version === OF10) return STATS_10.write(w, stats);
  if (version < OF13) return STATS_11.write(w, stats);
  if (version === OF13) return STATS_13.write(w, stats);
  const from = w.size;
  STATS_14.writeWith(w, stats, { size: 0 });
  writeProperty(w, ETHERNET_PROPERTY, () => STATS_ETHERNET.write(w, stats));
  writeRfc2819(w);
  w.patchSize(from, from);
}

export const portStatsReply: CodecOf<'port_stats_reply'> = listBody('ports', readStats, writeStats);
