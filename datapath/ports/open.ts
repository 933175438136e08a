/** Opening ports by kind: the table of kinds is all there is to know about what kinds exist. */

import { PacketPort } from './af-packet.js';
import { DummyPort } from './dummy.js';
import { PcapPort } from './pcap-file.js';
import type { Port } from './port.js';
import { InternalPort, TapPort } from './tap.js';

export type PortType = 'system' | 'tap' | 'internal' | 'dummy' | 'pcap';

export interface PortSpec {
  /** Name of the interface; for 'pcap' the file to read. */
  name: string;
  type: PortType;
  options?: PortOptions;
}

export interface PortOptions {
  mac?: Uint8Array;
  mtu?: number;
  /** pcap: where sent frames are written; without it they are only counted. */
  output?: string;
  /** pcap: keep the distances between the frames' times, instead of reading as fast as they are taken. */
  paced?: boolean;
}

const OPENERS = {
  system: (name: string) => new PacketPort(name),
  tap: (name: string, options: PortOptions) => new TapPort(name, options),
  internal: (name: string, options: PortOptions) => new InternalPort(name, options),
  dummy: (name: string, options: PortOptions) => new DummyPort(name, options),
  pcap: (name: string, options: PortOptions) => new PcapPort(name, options),
} satisfies Record<PortType, (name: string, options: PortOptions) => Port>;

/** Opens the port; throws a SwitchError whose message is a sentence for the user. */
export function openPort(spec: PortSpec): Port {
  return OPENERS[spec.type](spec.name, spec.options ?? {});
}

export const isPortType = (word: string): word is PortType => Object.hasOwn(OPENERS, word);
