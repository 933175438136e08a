/** Opening ports: the code of each class that port-types.ts names. */
import { PacketPort } from './af-packet.js';
import { DummyPort } from './dummy.js';
import { PcapPort } from './pcap-file.js';
import type { Port } from './port.js';
import { readPortOptions } from './port-options.js';
import { type DatapathType, PORT_TYPES, type PortClass, type PortDescription, type PortOptions } from './port-types.js';
import { TapPort } from './tap.js';

const OPENERS = {
  system: (name: string) => new PacketPort(name),
  tap: (name: string, options: PortOptions) => new TapPort(name, options),
  dummy: (name: string, options: PortOptions) => new DummyPort(name, options),
  'dummy-internal': (name: string, options: PortOptions) => new DummyPort(name, options, 'dummy-internal'),
  pcap: (name: string, options: PortOptions) => new PcapPort(name, options.file!, options),
} satisfies Record<PortClass, (name: string, options: PortOptions) => Port>;

/** Opens the port in a datapath of that type; throws a SwitchError whose message is a sentence for the user. */
export function openPort(description: PortDescription, datapath: DatapathType = 'netdev'): Port {
  const options = readPortOptions(description);
  return OPENERS[PORT_TYPES[description.type].classes[datapath]](description.name, options);
}
