/** The least that can lie below an OpenFlow switch: it forwards nothing and remembers what it was asked to do. */
import { Match } from '../../src/match/match.js';
import type { OfprotoProvider } from '../../src/ofproto/provider.js';
import type { CtFlush } from '../../src/openflow/ct-flush-types.js';
import type { ErrorName } from '../../src/openflow/errors.js';
import type { PacketOut, PortDesc, PortStatsEntry } from '../../src/openflow/message-types.js';

export class QuietDatapath implements OfprotoProvider {
  pushes = 0;
  readonly packetOuts: PacketOut[] = [];
  readonly portConfigs = new Map<number, PortDesc['config']>();
  readonly flushedZones: number[] = [];
  readonly flushes: CtFlush[] = [];
  /** Called by `pushStats`: where a test counts packets as a datapath would. */
  onPush: () => void = () => {};

  pushStats(): void {
    this.pushes++;
    this.onPush();
  }

  describePacket(): Match {
    return new Match();
  }

  *pushStatsInSteps(): Generator<null> {
    this.pushStats();
    yield null;
  }

  packetOut(packetOut: PacketOut): ErrorName | null {
    this.packetOuts.push(packetOut);
    return null;
  }

  portStats(): PortStatsEntry | null {
    return null;
  }

  /** Ports have no queues unless a test says so. */
  queues: (port: number) => readonly number[] | null = () => null;

  setPortConfig(port: number, config: PortDesc['config']): void {
    this.portConfigs.set(port, config);
  }

  *flushConntrackZone(zone: number): Generator<null> {
    yield null;
    this.flushedZones.push(zone);
  }

  *flushConntrack(flush: CtFlush): Generator<null> {
    yield null;
    this.flushes.push(flush);
  }
}

export function portDesc(
  port: number,
  name: string,
  mac: number[] = [0xaa, 0x55, 0xaa, 0x55, 0, port & 0xff],
): PortDesc {
  return {
    port,
    mac: Uint8Array.from(mac),
    name,
    config: { portDown: false, noRecv: false, noFlood: false, noFwd: false, noPacketIn: false },
    state: { linkDown: false, blocked: false, live: true },
    curr: 0,
    advertised: 0,
    supported: 0,
    peer: 0,
    currSpeed: 0,
    maxSpeed: 0,
  };
}
