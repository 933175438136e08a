/**
 * Which folder may import which: the data behind `scripts/check-layers.ts`, which refuses any other import, and behind
 * docs/design/layers.md, which shows it. Lowest first. A folder may always import itself; naming a folder allows the rooms in it, too.
 */

export interface Layer {
  readonly folder: string;
  /** What lives there, for the page. */
  readonly what: string;
  /** Folders whose files it may import. */
  readonly imports: readonly string[];
  /** May use node: modules and npm packages that reach outside the process. */
  readonly touchesSystem?: true;
  /** Its files may import each other in circles: an action looks up a table, whose rule's actions are done, and so on. */
  readonly isRecursive?: true;
}

type Options = Pick<Layer, 'touchesSystem' | 'isRecursive'>;

const SYSTEM: Options = { touchesSystem: true };

/** `imports`: names of datapath folders, then of src folders, each list separated by blanks. */
function layer(folder: string, what: string, datapath: string, src = '', options: Options = {}): Layer {
  const words = (list: string, root: string): string[] =>
    list.split(' ').flatMap((word) => (word === '' ? [] : [`${root}/${word}`]));
  return { folder, what, imports: [...words(datapath, 'datapath'), ...words(src, 'src')], ...options };
}

const RECORD = 'base wire packet conntrack/record';
const DATAPATH = 'base wire packet keys conntrack ports actions dp';

export const LAYERS: readonly Layer[] = [
  layer('datapath/base', 'bytes, hashes, tables, clocks, counters, log', ''),
  layer('datapath/wire', 'one file per header: offsets, check, accessors', 'base'),
  layer('datapath/packet', 'packets, batches, the pool, header edits', 'base wire'),
  layer('datapath/keys', 'flow keys: their layout, a packet into a key, a key into a packet', 'base wire packet'),
  layer(
    'datapath/conntrack/record',
    'a connection and what is kept of it: the table, a packet as the tracker knows it, expectations, zones, reasons',
    'base wire packet',
  ),
  layer('datapath/conntrack/parse', 'a packet into the key of its connection, its headers validated', RECORD),
  layer('datapath/conntrack/protocols', 'TCP, ICMP and the others: states, windows, timeouts', RECORD),
  layer('datapath/conntrack/nat', 'choosing translations, rewriting packets', RECORD),
  layer('datapath/conntrack/alg', 'FTP and TFTP: what control connections announce', RECORD),
  layer('datapath/conntrack/fragments', 'fragments held until their datagram is whole', RECORD),
  layer('datapath/conntrack/query', 'looking at connections: dump, flush, walk, statistics, history', RECORD),
  layer('datapath/conntrack', 'the connection tracker, made of its rooms', 'base wire packet conntrack'),
  layer(
    'datapath/ports',
    'AF_PACKET, tap, dummy, pcap; `sys/` is the only place with pointers',
    'base wire packet',
    '',
    SYSTEM,
  ),
  layer('datapath/actions', 'programs and their execution', 'base wire packet keys conntrack'),
  layer('datapath/dp', 'caches, the input path, the loop', 'base wire packet keys conntrack ports actions'),
  layer('datapath', 'entry point: what the package exports', DATAPATH),
  layer('src/net', 'sockets: the only folder with node:net', 'base', '', SYSTEM),
  layer('src/lab', 'namespaces and veths', 'base wire packet ports', 'net', SYSTEM),
  layer(
    'src/dpif',
    'the boundary between control side and datapath: plain data; behind it the datapath in this process',
    DATAPATH,
  ),
  layer(
    'src/match',
    'match fields, matches, subfields, prerequisites, the classifier with its tries',
    'base wire packet keys',
  ),
  layer('src/openflow', 'the codec: bytes <-> objects, pure; exported as `ctswitch/openflow`', 'base wire', 'match'),
  layer(
    'src/remote',
    'switches at the other end of a connection, for controllers; exported as `ctswitch/controller`',
    'base',
    'match net openflow',
  ),
  layer(
    'src/text',
    "ovs-ofctl's words <-> objects, pure",
    'base wire packet keys conntrack actions',
    'dpif match openflow',
  ),
  layer('src/ofproto', 'the OpenFlow switch as data and rules about it', 'base wire', 'match openflow'),
  layer(
    'src/xlate',
    'tables + key -> program, mask, effects',
    'base wire packet keys conntrack actions',
    'dpif match openflow ofproto',
    { isRecursive: true },
  ),
  layer('src/controller', 'OpenFlow sessions', 'base', 'match net openflow ofproto'),
  layer('src/unixctl', 'the ovs-appctl protocol', 'base', 'net', SYSTEM),
  layer(
    'src/events',
    'who wants to know what the switch does: any number of listeners, bounded queues with their losses counted',
    'base conntrack dp',
    'dpif openflow ofproto',
  ),
  layer(
    'src/flow-setup',
    'cached flows: upcalls that make them, revalidation, their statistics, their limit and end',
    'base keys',
    'dpif ofproto xlate events',
  ),
  layer(
    'src/bridge',
    'OpenFlow bridges over one datapath: their ports, packet-ins and packet-outs, what translation asks of them',
    DATAPATH,
    'dpif match openflow ofproto xlate events flow-setup',
  ),
  layer(
    'src/inspect',
    'looking at things: filters, explanations, advice, tops, the flows a packet has hit, JSON forms; appctl and the command line read them',
    DATAPATH,
    'dpif match openflow text ofproto xlate events bridge',
  ),
  layer(
    'src/switch',
    'configuration: what is wanted, the steps to it, a bridge that runs; and what a process needs to be a daemon',
    DATAPATH,
    'net dpif match openflow text ofproto xlate bridge controller',
    SYSTEM,
  ),
  layer(
    'src/appctl',
    'the commands of a running switch: they read their words, ask, and print',
    DATAPATH,
    'dpif match openflow text ofproto xlate bridge controller unixctl events inspect switch',
    SYSTEM,
  ),
  layer(
    'src/daemon',
    'the switch put together: datapaths with their loops, bridges, sockets, commands',
    'base ports dp',
    'bridge controller ofproto unixctl switch appctl',
  ),
  layer(
    'src/ovsdb',
    'a client of OVSDB: a copy of the rows of a switch, kept up to date, and transactions',
    'base',
    'net',
  ),
  layer(
    'src/vswitchd',
    'the switch in the place of ovs-vswitchd: rows of the database into configuration, state into rows',
    'base conntrack ports',
    'net text bridge ovsdb switch',
  ),
  layer(
    'src/cli',
    'the command line',
    DATAPATH,
    'net dpif match openflow text ofproto xlate bridge controller unixctl inspect switch daemon lab vswitchd',
    SYSTEM,
  ),
  layer('src', 'entry point: what the package exports', 'base', 'switch daemon', SYSTEM),
];
