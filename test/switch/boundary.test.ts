/**
 * The tracker behind a boundary that only copies cross: every command answers as it does beside the datapath, at each step of a history.
 */
import { expect, test } from 'vitest';
import { InProcessDpif } from '../../src/dpif/in-process.js';
import { Commands } from '../helpers/commands.js';
import { CopyingDpif } from '../helpers/copying-dpif.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = [
  'priority=10,ip,ct_state=-trk,actions=ct(table=1,zone=3)',
  'table=1,priority=5,ip,ct_state=+trk+new,in_port=1,actions=ct(commit,zone=3,exec(load:0x7->NXM_NX_CT_MARK[])),2',
  'table=1,priority=5,ip,ct_state=+trk+est,actions=normal',
  'table=1,priority=1,ip,actions=drop',
].join('\n');

const tcp = (sport: number, flags: string): Uint8Array =>
  frame(`tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${sport},tp_dst=80,tcp_flags=${flags}`);
const fragment = frame('ip,nw_proto=17,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_frag=first', new Uint8Array(1300));

/** Packets that come before the questions: port and frame. */
const HISTORY: readonly (readonly [string, Uint8Array])[] = [
  ['p1', tcp(1, 'syn')],
  ['p1', tcp(2, 'syn')],
  ['p1', frame('udp,nw_src=10.0.0.3,nw_dst=10.0.0.2,tp_src=5,tp_dst=53')],
  ['p2', frame('icmp,nw_src=10.0.0.4,nw_dst=10.0.0.5,icmp_type=8')],
  ['p2', tcp(9, 'syn|ack')],
  ['p1', fragment],
];

const LIST = '{"filter":{"proto":"tcp"}}';

/** Questions and changes, in this order; each sees what those before have done. */
const COMMANDS: readonly (readonly string[])[] = [
  ['dpctl/dump-conntrack', '-m', '-s'],
  ['dpctl/dump-conntrack', 'zone=4'],
  ['dpctl/ct-stats-show', '-m'],
  ['dpctl/ct-bkts', 'gt=1'],
  ['dpctl/ct-get-nconns'],
  ['dpctl/dump-conntrack-exp'],
  ['dpctl/ipf-get-status', '-m'],
  ['ctswitch/ct-list', LIST],
  ['ctswitch/ct-list', '{"list":"dying"}'],
  ['ctswitch/ct-list', '{"format":"conntrack"}'],
  ['ctswitch/ct-count', '{}'],
  ['ctswitch/ct-count', LIST],
  ['ctswitch/ct-stats', '{}'],
  ['ctswitch/ct-top', '{"by":"service"}'],
  ['ctswitch/ct-top', '{"by":"src","filter":{"proto":"udp"}}'],
  ['ctswitch/ct-explain', '{}'],
  ['dpctl/ct-set-limits', 'default=9', 'zone=3,limit=5', 'zone=4,limit=0'],
  ['dpctl/ct-get-limits', 'zone=3,4,5'],
  ['ctswitch/ct-get-limits'],
  ['dpctl/ct-del-limits', 'default', 'zone=4'],
  ['dpctl/ct-get-limits'],
  ['ctswitch/ct-set', 'max_connections=77', 'refused=drop', 'fragments_v6=off'],
  ['ctswitch/ct-get'],
  ['dpctl/ct-get-maxconns'],
  ['dpctl/ct-disable-tcp-seq-chk'],
  ['dpctl/ct-get-tcp-seq-chk'],
  ['dpctl/ct-set-sweep-interval', '500'],
  ['dpctl/ct-get-sweep-interval'],
  ['dpctl/ipf-set-max-nfrags', '10'],
  ['ctswitch/ct-get-fragments'],
  ['memory/show'],
  [
    'dpctl/flush-conntrack',
    'zone=3',
    'mark=0x7',
    'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=6,ct_tp_src=1,ct_tp_dst=80',
  ],
  ['ctswitch/ct-flush', LIST],
  ['dpctl/dump-conntrack'],
  ['dpctl/flush-conntrack'],
  ['dpctl/ct-get-nconns'],
];

/** An error is an answer, too. */
async function answerOf(commands: Commands, [name, ...args]: readonly string[]): Promise<string> {
  try {
    return await commands.run(name!, ...args);
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

async function answers(sw: VirtualSwitch): Promise<string[]> {
  for (const [port, bytes] of HISTORY) sw.send(port, bytes);
  const commands = new Commands(sw);
  const texts: string[] = [];
  for (const words of COMMANDS) texts.push(`${words.join(' ')}\n${await answerOf(commands, words)}`);
  return texts.map((text) => text.replace(/rss-kB:\d+/, ''));
}

test('the tracker answers across the boundary as beside it', async () => {
  const beside = await answers(new VirtualSwitch(2, FLOWS));
  let dpif: CopyingDpif | null = null;
  const make = (datapath: ConstructorParameters<typeof InProcessDpif>[0]): CopyingDpif =>
    (dpif = new CopyingDpif(new InProcessDpif(datapath)));
  const across = await answers(new VirtualSwitch(2, FLOWS, make));
  expect(across).toEqual(beside);
  expect(beside[0]).toContain('mark=7');
  expect(beside.filter((text) => text.includes('error:'))).toEqual([]);
  expect(dpif!.crossed.conntrack).toBeGreaterThan(COMMANDS.length / 2);
});
