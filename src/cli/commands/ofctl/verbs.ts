/** The verbs of `ctswitch ofctl`. What they do is loaded when one of them runs. */
import type { VerbRun } from './verb.js';

export interface Verb {
  /** Its arguments as --help prints them. */
  readonly usage: string;
  readonly describe: string;
  /** How many arguments there may be. */
  readonly min: number;
  readonly max: number;
  /** Loads the file that carries it out, among others. */
  readonly runs: () => Promise<Readonly<Record<string, VerbRun>>>;
}

const inspect = async () => (await import('./inspect.js')).RUNS;
const dumpFlows = async () => (await import('./dump-flows.js')).RUNS;
const changeFlows = async () => (await import('./change-flows.js')).RUNS;
const compareFlows = async () => (await import('./compare-flows.js')).RUNS;
const groups = async () => (await import('./groups.js')).RUNS;
const packets = async () => (await import('./packets.js')).RUNS;
const queues = async () => (await import('./queues.js')).RUNS;
const connections = async () => (await import('./connections.js')).RUNS;
const offline = async () => (await import('./offline.js')).RUNS;

// biome-ignore format: a table
export const VERBS: Readonly<Record<string, Verb>> = {
  show: { usage: 'SWITCH', describe: 'show OpenFlow information', min: 1, max: 1, runs: inspect },
  'dump-desc': { usage: 'SWITCH', describe: 'print switch description', min: 1, max: 1, runs: inspect },
  'dump-tables': { usage: 'SWITCH', describe: 'print table stats', min: 1, max: 1, runs: inspect },
  'dump-table-desc': { usage: 'SWITCH', describe: 'print table description', min: 1, max: 1, runs: inspect },
  'dump-ports': { usage: 'SWITCH [PORT]', describe: 'print port statistics', min: 1, max: 2, runs: inspect },
  'dump-ports-desc': { usage: 'SWITCH [PORT]', describe: 'print port descriptions', min: 1, max: 2, runs: inspect },
  'dump-aggregate': { usage: 'SWITCH [FLOW]', describe: 'print aggregate stats for FLOW', min: 1, max: 2, runs: inspect },
  'get-frags': { usage: 'SWITCH', describe: 'print fragment handling behavior', min: 1, max: 1, runs: inspect },
  'set-frags': { usage: 'SWITCH FRAG_MODE', describe: 'set fragment handling behavior', min: 2, max: 2, runs: inspect },
  'dump-flows': { usage: 'SWITCH [FLOW]', describe: 'print matching FLOWs', min: 1, max: 2, runs: dumpFlows },
  'add-flow': { usage: 'SWITCH FLOW', describe: 'add flow described by FLOW', min: 2, max: 2, runs: changeFlows },
  'add-flows': { usage: 'SWITCH FILE', describe: 'add flows from FILE ("-" is standard input)', min: 2, max: 2, runs: changeFlows },
  'mod-flows': { usage: 'SWITCH FLOW', describe: 'modify actions of matching FLOWs', min: 2, max: 2, runs: changeFlows },
  'del-flows': { usage: 'SWITCH [FLOW]', describe: 'delete matching FLOWs', min: 1, max: 2, runs: changeFlows },
  'replace-flows': { usage: 'SWITCH FILE', describe: 'replace flows with those in FILE', min: 2, max: 2, runs: compareFlows },
  'diff-flows': { usage: 'SOURCE1 SOURCE2', describe: 'compare flows from two sources', min: 2, max: 2, runs: compareFlows },
  'add-group': { usage: 'SWITCH GROUP', describe: 'add group described by GROUP', min: 2, max: 2, runs: groups },
  'add-groups': { usage: 'SWITCH FILE', describe: 'add groups from FILE ("-" is standard input)', min: 2, max: 2, runs: groups },
  'mod-group': { usage: 'SWITCH GROUP', describe: 'modify the group (--may-create: or add it)', min: 2, max: 2, runs: groups },
  'del-groups': { usage: 'SWITCH [GROUP]', describe: 'delete matching groups, or all', min: 1, max: 2, runs: groups },
  'insert-buckets': { usage: 'SWITCH GROUP', describe: 'add buckets to a group', min: 2, max: 2, runs: groups },
  'remove-buckets': { usage: 'SWITCH GROUP', describe: 'remove buckets from a group', min: 2, max: 2, runs: groups },
  'dump-groups': { usage: 'SWITCH [GROUP]', describe: 'print group description', min: 1, max: 2, runs: groups },
  'dump-group-stats': { usage: 'SWITCH [GROUP]', describe: 'print group statistics', min: 1, max: 2, runs: groups },
  'dump-group-features': { usage: 'SWITCH', describe: 'print group features', min: 1, max: 1, runs: groups },
  'packet-out': { usage: 'SWITCH IN_PORT ACTIONS PACKET...', describe: 'execute ACTIONS on PACKET', min: 2, max: 1000, runs: packets },
  monitor: { usage: 'SWITCH [MISSLEN] [invalid_ttl]', describe: 'print packets received from SWITCH', min: 1, max: 3, runs: packets },
  ping: { usage: 'SWITCH [N]', describe: 'latency of N-byte echos', min: 1, max: 2, runs: packets },
  probe: { usage: 'SWITCH', describe: 'probe whether SWITCH is up', min: 1, max: 1, runs: packets },
  'mod-port': { usage: 'SWITCH IFACE ACT', describe: 'modify port behavior', min: 3, max: 3, runs: packets },
  'queue-stats': { usage: 'SWITCH [PORT [QUEUE]]', describe: 'print statistics of queues', min: 1, max: 3, runs: queues },
  'queue-get-config': { usage: 'SWITCH [PORT [QUEUE]]', describe: 'print how queues are configured (QUEUE: OpenFlow 1.4 and later)', min: 1, max: 3, runs: queues },
  'ct-flush': { usage: 'SWITCH [zone=N] [mark=X[/M]] [labels=X[/M]] [ORIG-TUPLE [REPLY-TUPLE]]', describe: 'forget the connections that fit', min: 1, max: 6, runs: connections },
  'ct-flush-zone': { usage: 'SWITCH ZONE', describe: 'forget the connections of a zone', min: 2, max: 2, runs: connections },
  'parse-flow': { usage: 'FLOW', describe: 'parse FLOW and print it as it would be sent', min: 1, max: 1, runs: offline },
  'parse-flows': { usage: 'FILE', describe: 'the same for the flows of FILE', min: 1, max: 1, runs: offline },
  'ofp-print': { usage: 'HEX [VERBOSITY]', describe: 'print an OpenFlow message given in hexadecimal', min: 1, max: 2, runs: offline },
};
