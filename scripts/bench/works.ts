/** What is measured: a row for each work, with what ctswitch must reach against Open vSwitch. */
import { readFileSync } from 'node:fs';
import { ACCESS_FLOWS, STATION_FLOWS } from '../../test/bench/attacks.js';
import { tupleOf } from '../../test/helpers/frames.js';
import { BRIDGE, type Contender } from './contenders.js';
import type { Lab } from './lab.js';

export interface Result {
  value: number;
  unit: string;
  /** Processor time of the switch for each packet, in ns: what other jobs on the machine change least. */
  cpuNs?: number;
}

export interface Work {
  name: string;
  goal: string;
  run(contender: Contender, lab: Lab, seconds: number): Promise<Result>;
}

const BLASTER = new URL('../../test/bench/blaster.js', import.meta.url).pathname;
const FRAME_SIZE = 64;
const CT_FLOWS = [
  'priority=50,ct_state=-trk,ip,in_port=1,actions=ct(table=0)',
  'priority=50,ct_state=+trk+new,ip,in_port=1,actions=ct(commit),2',
  'priority=50,ct_state=+trk+est,ip,in_port=1,actions=2',
  'priority=50,ct_state=-trk,ip,in_port=2,actions=ct(table=0)',
  'priority=50,ct_state=+trk+est,ip,in_port=2,actions=1',
];
const ATTACKER = new URL('../../test/bench/attacker.js', import.meta.url).pathname;
/** Packets a second of an attack. */
const ATTACK_RATE = 20_000;
const BOTH_WAYS = ['in_port=1,actions=2', 'in_port=2,actions=1'];

/** Once so many have come through, the generator is at work. */
const WARM_PACKETS = 10_000;

export const WORKS: readonly Work[] = [
  {
    name: 'forward 64 B by in_port, 100 flows',
    goal: '>= 1.5 x',
    run: (c, lab, s) => forward(c, lab, s, BOTH_WAYS, 100),
  },
  {
    name: 'forward 64 B, 100 000 five-tuples',
    goal: '>= 1.5 x',
    run: (c, lab, s) => forward(c, lab, s, BOTH_WAYS, 100_000),
  },
  { name: 'ct, 100 connections', goal: '>= 1.4 x', run: (c, lab, s) => forward(c, lab, s, CT_FLOWS, 100, true) },
  {
    name: 'ct, 100 000 connections',
    goal: '>= 1.5 x',
    run: (c, lab, s) => forward(c, lab, s, CT_FLOWS, 100_000, true),
  },
  {
    name: 'ct, 1 000 000 connections',
    goal: '>= 1.8 x',
    run: (c, lab, s) => forward(c, lab, s, CT_FLOWS, 1_000_000, true),
  },
  { name: 'one TCP stream, interfaces as they come', goal: '>= 10 x', run: tcpStream },
  {
    name: 'rate kept beside 20 kpps that make masks',
    goal: '>= 50 %',
    run: (c, lab, s) => keep(c, lab, s, ACCESS_FLOWS, 'masks'),
  },
  {
    name: 'rate kept beside 20 kpps of new stations',
    goal: '>= 90 %',
    run: (c, lab, s) => keep(c, lab, s, STATION_FLOWS, 'stations'),
  },
  {
    name: 'pings answered beside 20 kpps that make masks',
    goal: '>= 100 %',
    run: (c, lab, s) => pingBeside(c, lab, s, ACCESS_FLOWS, 'masks'),
  },
  { name: 'ping round trip, idle', goal: '<= 1.0 x', run: ping },
  { name: 'restart after kill -9 until a ping is answered', goal: '<= 0.7 s', run: restart },
  { name: 'add-flows of 100 000 five-tuple flows', goal: '<= 0.5 x', run: (c) => timed(() => addFlows(c)) },
  {
    name: 'bundle add-flows of 100 000',
    goal: '<= 1.0 x',
    run: (c) => timed(() => addFlows(c, '--bundle')),
  },
  { name: 'dump-flows of 100 000', goal: '<= 1.0 x', run: (c) => onFlows(c, ['dump-flows', BRIDGE]) },
  { name: 'del-flows of 100 000', goal: '<= 1.0 x', run: (c) => onFlows(c, ['del-flows', BRIDGE]) },
  {
    name: 'dump-conntrack of 1 000 000 connections',
    goal: '<= 1.0 x',
    run: (c, lab) => onConnections(c, lab, 'dpctl/dump-conntrack'),
  },
  {
    name: 'flush-conntrack of 1 000 000 connections',
    goal: '<= 1.0 x',
    run: (c, lab) => onConnections(c, lab, 'dpctl/flush-conntrack'),
  },
];

/** Frames a second that reach the right host while the left sends as fast as it can. */
async function forward(
  c: Contender,
  lab: Lab,
  seconds: number,
  flows: readonly string[],
  count: number,
  answered = false,
) {
  setFlows(c, flows);
  if (answered) makeConnections(lab, count);
  const idle = lab.delivered();
  const child = lab.spawn(lab.left, [
    process.execPath,
    BLASTER,
    lab.hosts[0],
    String(seconds + 3),
    String(FRAME_SIZE),
    String(count),
  ]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // The generator makes its frames first; then caches fill.
  for (let tries = 0; tries < 300 && lab.delivered() - idle < WARM_PACKETS; tries++) await sleep(100);
  await sleep(1000);
  const [before, cpuBefore, start] = [lab.delivered(), cpuMs(c.pid), performance.now()];
  await sleep(seconds * 1000);
  const [packets, cpu, ms] = [lab.delivered() - before, cpuMs(c.pid) - cpuBefore, performance.now() - start];
  child.kill();
  await ended;
  return { value: packets / ms, unit: 'kpps', cpuNs: (cpu * 1e6) / packets };
}

/**
 * How much of its rate a flow from the left has while the right attacks. On a machine that others work on, too, the switch has less of a
 * core for the same attack: so also what would be kept of a core of its own, from the processor time that a packet of the attack takes.
 */
async function keep(c: Contender, lab: Lab, seconds: number, flows: readonly string[], kind: string) {
  setFlows(c, flows);
  const idle = lab.delivered();
  const words = [process.execPath, BLASTER, lab.hosts[0], String(4 * seconds + 10), String(FRAME_SIZE), '1'];
  const child = lab.spawn(lab.left, words);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; tries < 300 && lab.delivered() - idle < WARM_PACKETS; tries++) await sleep(100);
  await sleep(1000);
  const without = await observe(c, lab, seconds);
  const attack = startAttack(lab, seconds + 3, kind);
  await sleep(2000);
  const beside = await observe(c, lab, seconds);
  child.kill();
  await Promise.all([ended, attack]);
  const costMs = (beside.cpuMs - (beside.packets * without.cpuMs) / without.packets) / beside.attacks;
  const share = Math.max(0, 1 - (costMs * ATTACK_RATE) / 1000);
  const rates = `${(without.packets / without.ms).toFixed(0)} and ${(beside.packets / beside.ms).toFixed(0)} kpps`;
  return {
    value: (100 * beside.packets * without.ms) / (without.packets * beside.ms),
    unit: `% (${rates}; ${Math.round(100 * share)} % of a core of its own, ${(costMs * 1000).toFixed(1)} us for a packet of the attack)`,
  };
}

/** What the left has sent through the switch, what the right has sent into it, and the processor time that the switch has taken. */
async function observe(c: Contender, lab: Lab, seconds: number) {
  const [packets, attacks, cpu, start] = [lab.delivered(), receivedOfRight(c), cpuMs(c.pid), performance.now()];
  await sleep(seconds * 1000);
  return {
    packets: lab.delivered() - packets,
    attacks: receivedOfRight(c) - attacks,
    cpuMs: cpuMs(c.pid) - cpu,
    ms: performance.now() - start,
  };
}

const receivedOfRight = (c: Contender): number =>
  Number(/rx pkts=(\d+)/.exec(c.ofctl(['dump-ports', BRIDGE, '2']))?.[1]);

function startAttack(lab: Lab, seconds: number, kind: string): Promise<unknown> {
  const child = lab.spawn(lab.right, [
    process.execPath,
    ATTACKER,
    lab.hosts[1],
    String(seconds),
    String(ATTACK_RATE),
    kind,
  ]);
  return new Promise((resolve) => child.once('exit', resolve));
}

async function pingBeside(c: Contender, lab: Lab, seconds: number, flows: readonly string[], kind: string) {
  setFlows(c, flows);
  const attack = startAttack(lab, seconds + 3, kind);
  await sleep(2000);
  const text = lab.exec(lab.left, 'ping', '-q', '-i', '0.01', '-c', String(100 * seconds), lab.addresses[1]);
  await attack;
  const [, lost, median] = /([\d.]+)% packet loss[\s\S]*= [\d.]+\/([\d.]+)/.exec(text) ?? [];
  return { value: 100 - Number(lost), unit: `% (on the average after ${median} ms)` };
}

/** Processor time that the process has taken, in its own code and in the kernel (proc(5); the tick is 10 ms). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Each connection's first packet and its answer, so that all are established; twice, in case some were lost in the rush. */
function makeConnections(lab: Lab, count: number): void {
  for (let i = 0; i < 2; i++) {
    lab.exec(lab.left, process.execPath, BLASTER, lab.hosts[0], '0', String(FRAME_SIZE), String(count));
    lab.exec(lab.right, process.execPath, BLASTER, lab.hosts[1], '0', String(FRAME_SIZE), String(count), 'reverse');
  }
}

/**
 * Interfaces as they come leave checksums and segmentation to the receiver. A switch that passes such segments on without saying so
 * loses them all; it is then measured with the hosts' offloads switched off, as its users have to.
 */
async function tcpStream(c: Contender, lab: Lab, seconds: number) {
  setFlows(c, [...BOTH_WAYS]);
  const asTheyCome = await iperf(lab, seconds);
  if (asTheyCome !== null) return { value: asTheyCome, unit: 'Gbit/s' };
  setOffloads(lab, 'off');
  const without = await iperf(lab, seconds);
  setOffloads(lab, 'on');
  return { value: without ?? 0, unit: 'Gbit/s (offloads off: no TCP otherwise)' };
}

/** Gbit/s that arrive, null if no connection comes about. */
async function iperf(lab: Lab, seconds: number): Promise<number | null> {
  const server = lab.spawn(lab.right, ['iperf3', '-s', '-1']);
  await sleep(500);
  try {
    const text = lab.exec(
      lab.left,
      'iperf3',
      '-J',
      '--connect-timeout',
      '3000',
      '-t',
      String(seconds),
      '-c',
      lab.addresses[1],
    );
    const report = JSON.parse(text) as { end: { sum_received?: { bits_per_second: number } } };
    return (report.end.sum_received?.bits_per_second ?? 0) / 1e9 || null;
  } catch {
    return null;
  } finally {
    server.kill();
  }
}

function setOffloads(lab: Lab, state: 'on' | 'off'): void {
  lab.exec(lab.left, 'ethtool', '-K', lab.hosts[0], 'tx', state);
  lab.exec(lab.right, 'ethtool', '-K', lab.hosts[1], 'tx', state);
}

async function ping(c: Contender, lab: Lab) {
  setFlows(c, [...BOTH_WAYS]);
  // A switch that has been running for a while is what counts: code compiled, caches filled.
  lab.exec(lab.left, 'ping', '-q', '-f', '-c', '30000', lab.addresses[1]);
  await sleep(1000);
  const text = lab.exec(lab.left, 'ping', '-c', '200', '-i', '0.02', lab.addresses[1]);
  const times = [...text.matchAll(/time=([\d.]+)/g)].map((found) => Number(found[1])).sort((a, b) => a - b);
  return { value: times[times.length >> 1], unit: 'ms (median)' };
}

/** The hosts know each other by then, so that nothing but the switch is waited for. */
async function restart(c: Contender, lab: Lab) {
  setFlows(c, [...BOTH_WAYS]);
  lab.exec(lab.left, 'ping', '-q', '-c', '3', '-i', '0.1', lab.addresses[1]);
  await c.crash();
  const ping = lab.spawn(lab.left, ['ping', '-q', '-i', '0.01', '-c', '1', '-w', '60', lab.addresses[1]]);
  const answered = new Promise((resolve) => ping.once('exit', resolve));
  const start = performance.now();
  const started = c.restart();
  await answered;
  const ms = performance.now() - start;
  await started;
  return { value: ms / 1000, unit: `s (${(cpuMs(c.pid) / 1000).toFixed(2)} s of processor)` };
}

/** Seconds that a command takes. */
async function timed(run: () => void) {
  const start = performance.now();
  run();
  return { value: (performance.now() - start) / 1000, unit: 's' };
}

function addFlows(c: Contender, ...options: string[]): void {
  const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
  const line = (n: number): string => {
    const { src, dst, srcPort, dstPort } = tupleOf(n);
    return `udp,nw_src=${dotted(src)},nw_dst=${dotted(dst)},tp_src=${srcPort},tp_dst=${dstPort},actions=2\n`;
  };
  const text = Array.from({ length: 100_000 }, (_, n) => line(n)).join('');
  c.ofctl([...options, 'add-flows', BRIDGE, '-'], text);
}

async function onFlows(c: Contender, args: readonly string[]) {
  addFlows(c, '--bundle');
  return timed(() => void c.ofctl(args));
}

async function onConnections(c: Contender, lab: Lab, command: string) {
  setFlows(c, CT_FLOWS);
  makeConnections(lab, 1_000_000);
  return timed(() => void c.appctl([command]));
}

function setFlows(c: Contender, flows: readonly string[]): void {
  c.ofctl(['replace-flows', BRIDGE, '-'], `${flows.join('\n')}\n`);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
