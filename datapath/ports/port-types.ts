/**
 * Which types of ports there are, as data: what they are described by, what carries them, what can be set of them. Whoever reads, writes,
 * lists or explains ports derives it from these rows; open.ts has the code of each class. Nothing here loads that code.
 */

/** As in OVSDB's datapath_type: real ports, or only ports in memory. */
export const DATAPATH_TYPES = ['netdev', 'dummy'] as const;
/** One of DATAPATH_TYPES. */
export type DatapathType = (typeof DATAPATH_TYPES)[number];

/** What carries a port: Open vSwitch's netdev classes, with the names that dpif/show prints. */
export const PORT_CLASSES = {
  system: { isInterface: true, isDummy: false, queues: null },
  tap: { isInterface: true, isDummy: false, queues: null },
  dummy: { isInterface: false, isDummy: true, queues: [0] },
  'dummy-internal': { isInterface: false, isDummy: true, queues: [0] },
  pcap: { isInterface: false, isDummy: false, queues: null },
} as const satisfies Record<string, PortTraits>;

export interface PortTraits {
  /** It has an interface of the system, and not only memory of ours. */
  readonly isInterface: boolean;
  /** Frames are put into it by netdev-dummy/receive, by tests, by simulations. */
  readonly isDummy: boolean;
  /** Numbers of the queues that OpenFlow shows: those of Open vSwitch's netdevs without a QoS configuration; null for none. */
  readonly queues: readonly number[] | null;
}

export type PortClass = keyof typeof PORT_CLASSES;

/** A port that is wanted: plain data, as a row of OVSDB's table Interface has it. */
export interface PortDescription {
  /** Unique in the datapath; of an interface its name. */
  readonly name: string;
  readonly type: PortType;
  /** By name, in the words of PORT_OPTIONS. */
  readonly options: Readonly<Partial<Record<PortOptionName, string>>>;
}

/** The values of a description's options. */
export interface PortOptions {
  mac?: Uint8Array;
  mtu?: number;
  ifindex?: number;
  file?: string;
  output?: string;
  paced?: boolean;
}

export type PortOptionName = keyof PortOptions;

export interface PortOption<Value = unknown> {
  /** What it takes, for messages and pages. */
  readonly takes: string;
  readonly describe: string;
  /** Null for a text that means nothing. */
  readonly parse: (text: string) => Value | null;
  /** The value is a path; from the command line or a file it counts from there. */
  readonly isPath?: true;
}

/** Smallest that an Ethernet interface has, and what fits into 16 bits. */
const MTU = { min: 68, max: 65_535 } as const;

const path = (text: string): string | null => (text === '' ? null : text);

const PATH = { takes: 'a file', parse: path, isPath: true } as const;

/** What can be said of ports besides name and type. */
export const PORT_OPTIONS = {
  mac: { takes: 'six bytes in hexadecimal with colons', describe: 'its Ethernet address', parse: parseMac },
  mtu: {
    takes: `a number from ${MTU.min} to ${MTU.max}`,
    describe: 'largest packet without its Ethernet header',
    parse: (text) => wholeNumber(text, MTU.min, MTU.max),
  },
  ifindex: {
    takes: 'a number from 0 to 2147483647',
    describe: 'the number that it shows as that of its interface',
    parse: (text) => wholeNumber(text, 0, 0x7fff_ffff),
  },
  file: { ...PATH, describe: 'the capture that is received, pcap or pcapng' },
  output: { ...PATH, describe: 'where sent frames are written, as pcap; without it they are only counted' },
  paced: {
    takes: 'true or false',
    describe: "whether the distances between the frames' times are kept, instead of reading as fast as they are taken",
    parse: (text) => (text === 'true' ? true : text === 'false' ? false : null),
  },
} as const satisfies { [Name in PortOptionName]: PortOption<NonNullable<PortOptions[Name]>> };

export interface PortTypeRow {
  /** What stands behind the colon of a port in words; a bare name is one of type `system`. */
  readonly takes: 'NAME' | 'FILE';
  readonly describe: string;
  /** What carries it in a datapath of each type. */
  readonly classes: Readonly<Record<DatapathType, PortClass>>;
  readonly options: readonly PortOptionName[];
  /** Of these options, those that must be there. */
  readonly needs: readonly PortOptionName[];
}

const alike = (carrier: PortClass): Record<DatapathType, PortClass> => ({ netdev: carrier, dummy: carrier });

/** The types, as OVSDB's Interface.type has them; `pcap` is our own. */
export const PORT_TYPES = {
  system: {
    takes: 'NAME',
    describe: 'a network interface of the machine',
    classes: alike('system'),
    options: [],
    needs: [],
  },
  tap: {
    takes: 'NAME',
    describe: 'a TAP device, which is made, and removed with the port',
    classes: alike('tap'),
    options: ['mac', 'mtu'],
    needs: [],
  },
  internal: {
    takes: 'NAME',
    describe: 'an interface by which the machine itself takes part; each bridge has one of its own name',
    classes: { netdev: 'tap', dummy: 'dummy-internal' },
    options: ['mac', 'mtu'],
    needs: [],
  },
  dummy: {
    takes: 'NAME',
    describe: 'a port in memory, for tests and simulations: `netdev-dummy/receive` gives it frames',
    classes: alike('dummy'),
    options: ['mac', 'mtu', 'ifindex'],
    needs: [],
  },
  pcap: {
    takes: 'FILE',
    describe: 'a capture file, named as the file without folder and ending',
    classes: alike('pcap'),
    options: ['file', 'output', 'paced', 'mac', 'mtu'],
    needs: ['file'],
  },
} as const satisfies Record<string, PortTypeRow>;

/** One of PORT_TYPES. */
export type PortType = keyof typeof PORT_TYPES;
export const PORT_TYPE_NAMES = Object.keys(PORT_TYPES) as PortType[];

export const isPortType = (word: string): word is PortType => Object.hasOwn(PORT_TYPES, word);

/** Of a class as `Port.type` names it. */
export const traitsOf = (carrier: PortClass): PortTraits => PORT_CLASSES[carrier];

/** How ports are written that are not interfaces: `tap:NAME, ..., pcap:FILE`. */
export const portWords = (): string =>
  PORT_TYPE_NAMES.filter((type) => type !== 'system')
    .map((type) => `${type}:${PORT_TYPES[type].takes}`)
    .join(', ');

function parseMac(text: string): Uint8Array | null {
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)
    ? Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16))
    : null;
}

function wholeNumber(text: string, min: number, max: number): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : -1;
  return value < min || value > max ? null : value;
}
