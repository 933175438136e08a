/** Which concrete parts a datapath of a type is made of, and what its ports are: the one place that knows. */
import { randomInt } from 'node:crypto';
import { systemClock } from '../../datapath/base/clock.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import { setVlanLimit } from '../../datapath/keys/extract-l2.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import { DummyPort } from '../../datapath/ports/dummy.js';
import { openPort } from '../../datapath/ports/open.js';
import type { Port } from '../../datapath/ports/port.js';
import { systemMemory } from '../../datapath/ports/sys/memory.js';
import { Backer } from '../bridge/backer.js';
import { InProcessDpif } from '../dpif/in-process.js';
import type { DatapathType, PortConfig } from './config.js';

/** Names as Open vSwitch has them: one datapath per type, whatever the number of bridges. */
const DATAPATH_NAMES: Readonly<Record<DatapathType, string>> = {
  netdev: 'netdev@ovs-netdev',
  dummy: 'dummy@ovs-dummy',
};

/** Open vSwitch's default for other_config:vlan-limit: a second tag counts as payload, its frame has dl_type 0x8100. */
const VLAN_LIMIT = 1;

/** Hashes of a real datapath are keyed at random: chosen packets must not collide. The dummy's runs repeat. */
export function makeBacker(type: DatapathType): { datapath: Datapath; backer: Backer } {
  setVlanLimit(VLAN_LIMIT);
  const isReal = type === 'netdev';
  const pool = isReal ? new PacketPool(systemMemory) : new PacketPool();
  const seed = isReal ? randomInt(0x7fff_ffff) : 1;
  const datapath = new Datapath({ name: DATAPATH_NAMES[type], type, pool, seed });
  const backer = new Backer(new InProcessDpif(datapath));
  backer.revalidator.stopwatch = () => systemClock.now();
  return { datapath, backer };
}

export function makePort(config: PortConfig): Port {
  return openPort({ name: config.file ?? config.name, type: config.type });
}

/** The bridge's own interface: a tap of its name, or memory where the datapath is a dummy. */
export function makeLocalPort(bridge: string, type: DatapathType): Port {
  return type === 'dummy' ? new DummyPort(bridge) : openPort({ name: bridge, type: 'internal' });
}

/** Datapath numbers that the dummy gives to LOCAL ports: br0 has 100, br1 101, as in Open vSwitch's tests. */
export function localPortNumber(bridge: string, type: DatapathType): number | undefined {
  const digits = /(\d+)$/.exec(bridge)?.[1];
  return type === 'dummy' && digits !== undefined ? 100 + Number(digits) : undefined;
}
