/** Which concrete parts a datapath of a type is made of, and what its ports are: the one place that knows. */
import { randomInt } from 'node:crypto';
import { systemClock } from '../../datapath/base/clock.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import { setVlanLimit } from '../../datapath/keys/extract-l2.js';
import { PacketPool } from '../../datapath/packet/pool.js';
import type { DatapathType, PortDescription } from '../../datapath/ports/port-types.js';
import { systemMemory } from '../../datapath/ports/sys/memory.js';
import { Backer } from '../bridge/backer.js';
import { InProcessDpif } from '../dpif/in-process.js';

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
  backer.flowSetup.revalidator.stopwatch = () => systemClock.now();
  return { datapath, backer };
}

/** The bridge's own interface. */
export const localPort = (bridge: string): PortDescription => ({ name: bridge, type: 'internal', options: {} });

/** Datapath numbers that the dummy gives to LOCAL ports: br0 has 100, br1 101, as in Open vSwitch's tests. */
export function localPortNumber(bridge: string, type: DatapathType): number | undefined {
  const digits = /(\d+)$/.exec(bridge)?.[1];
  return type === 'dummy' && digits !== undefined ? 100 + Number(digits) : undefined;
}
