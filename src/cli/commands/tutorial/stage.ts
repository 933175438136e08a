/**
 * Where the conversation is played: on real interfaces, with hosts in network namespaces and the switch between them; or, where
 * namespaces cannot be made, with hosts and switch in this process. The switch is the same.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../../datapath/base/clock.js';
import { Datapath } from '../../../../datapath/dp/datapath.js';
import { indexOf } from '../../../../datapath/ports/sys/if.js';
import { Backer } from '../../../bridge/backer.js';
import { Bridge } from '../../../bridge/bridge.js';
import { Switch } from '../../../daemon/switch.js';
import { InProcessDpif } from '../../../dpif/in-process.js';
import { planOf } from '../../../lab/plan.js';
import { exitOnSignals, Lab } from '../../../lab/runner.js';
import { frameOf, packetOf, parseSegment } from '../../../lab/segment.js';
import { SegmentSender } from '../../../lab/segment-sender.js';
import { conntrackTutorial, type LabHost } from '../../../lab/topology.js';
import { Ofproto } from '../../../ofproto/ofproto.js';
import { DEFAULT_CONNTRACK, type SwitchConfig } from '../../../switch/config.js';
import { loadFlowFile } from '../../../switch/flow-file.js';
import { StandaloneFlow } from '../../../switch/standalone.js';
import { directionFrom, type Turn } from './conversation.js';

/** `br0`, unless the machine has an interface of that name: nothing that is there is touched. */
function freeBridgeName(): string {
  for (let i = 0; ; i++) if (indexOf(`br${i}`) === 0) return `br${i}`;
}

export interface Stage {
  /** How segments are made and sent, for the reader. */
  readonly description: string;
  readonly bridge: Bridge;
  /** The turn's segment has left its host. */
  play(turn: Turn): Promise<void>;
  close(): Promise<void>;
}

const hostOf = (turn: Turn): LabHost => conntrackTutorial.hosts.find((host) => host.name === turn.from)!;
const macsOf = (host: LabHost): { src: string; dst: string } => ({ src: host.mac, dst: host.neighbours[0].mac });
const packetFor = (turn: Turn): Uint8Array => packetOf(parseSegment(turn.segment), directionFrom(hostOf(turn)));

/** Whatever happens on the way, what was made is removed at the latest when the process exits. */
export async function realStage(flowFile: string): Promise<Stage> {
  exitOnSignals();
  const name = freeBridgeName();
  const lab = Lab.up(planOf(conntrackTutorial));
  const rundir = mkdtempSync(join(tmpdir(), 'ctswitch-tutorial-'));
  process.once('exit', () => rmSync(rundir, { recursive: true, force: true }));
  const running = new Switch({
    runDirectory: rundir,
    clock: systemClock,
    onExit: () => {},
    reopenLog: () => false,
    closeLog: () => {},
  });
  const senders = new Map<string, SegmentSender>();
  const close = async (): Promise<void> => {
    for (const sender of senders.values()) await sender.close();
    await running.stop();
    lab.down();
  };
  try {
    await running.apply(configOf(name, flowFile));
    for (const host of conntrackTutorial.hosts) senders.set(host.name, await SegmentSender.start(host));
  } catch (error) {
    await close();
    throw error;
  }
  const { via } = senders.get('left')!;
  return {
    description: `hosts left and right are network namespaces, segments are sent inside them through ${via}`,
    bridge: running.bridge(name)!,
    play: (turn) =>
      senders
        .get(turn.from)!
        .send({ packet: packetFor(turn), to: directionFrom(hostOf(turn)).dst, macs: macsOf(hostOf(turn)) }),
    close,
  };
}

const configOf = (name: string, flowFile: string): SwitchConfig => ({
  bridges: [
    {
      name,
      datapath: 'netdev',
      ports: conntrackTutorial.hosts.map(({ port }) => ({ name: port, type: 'system', options: {} })),
      groupFiles: [],
      flowFiles: [flowFile],
      listen: [],
      controllers: [],
      failMode: 'standalone',
    },
  ],
  conntrack: DEFAULT_CONNTRACK,
});

/** Nothing of the operating system's is touched. */
export function processStage(flowFile: string): Stage {
  const datapath = new Datapath({ name: 'dummy@ovs-dummy', type: 'dummy', seed: 1 });
  const backer = new Backer(new InProcessDpif(datapath));
  const bridge = new Bridge('br0', backer, new Ofproto({ name: 'br0', datapathId: 1n }));
  const now = (): number => Math.floor(systemClock.now());
  const numbers = new Map(
    conntrackTutorial.hosts.map(({ name, port }) => [
      name,
      bridge.port(bridge.addPort({ name: port, type: 'dummy', options: {} }, {}, now()))!.dpPort,
    ]),
  );
  new StandaloneFlow(bridge.ofproto).add(now());
  loadFlowFile(bridge, readFileSync(flowFile, 'utf8'), flowFile, now());
  backer.flowSetup.noticeChanges();
  return {
    description: 'hosts and switch are in this process',
    bridge,
    play: async (turn) => {
      backer.dpif.injectFrame(numbers.get(turn.from)!, frameOf(packetFor(turn), macsOf(hostOf(turn))));
      while (datapath.poll(now()) > 0);
    },
    close: async () => bridge.close(),
  };
}
