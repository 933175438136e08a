/** dpctl/ipf-*: how the tracker treats IP fragments. */
import { SETTINGS } from '../../datapath/conntrack/settings.js';
import type { CtFragments, CtPendingPacket, DpifConntrack } from '../dpif/conntrack.js';
import { fragmentsJson, pendingPacketJson } from '../inspect/fragments.js';
import { getField } from '../match/key.js';
import type { SwitchView } from '../switch/view.js';
import { readValue } from '../text/ct-settings.js';
import type { Command } from '../unixctl/registry.js';
import { command, dpctlError, parseOptions, takeDatapathBefore, takeNamedDatapath } from './args.js';
import { wholeMs } from './ct-request.js';

/** Numbers that Open vSwitch can read. */
const LARGEST = 0xffff_ffff;

export function ctFragmentCommands(view: SwitchView): Command[] {
  const onTracker =
    (own: number, run: (tracker: DpifConntrack, words: readonly string[]) => string) => (args: string[]) => {
      const { backer, rest } = takeDatapathBefore(view, args, own);
      return run(backer.dpif.conntrack, rest);
    };
  return [
    command(
      'dpctl/ipf-set-enabled',
      '[dp] v4|v6',
      1,
      2,
      onTracker(1, (tracker, words) => setEnabled(tracker, words, true)),
    ),
    command(
      'dpctl/ipf-set-disabled',
      '[dp] v4|v6',
      1,
      2,
      onTracker(1, (tracker, words) => setEnabled(tracker, words, false)),
    ),
    command('dpctl/ipf-set-min-frag', '[dp] v4|v6 minfragment', 2, 3, onTracker(2, setMinimum)),
    command('dpctl/ipf-set-max-nfrags', '[dp] maxfrags', 1, 2, onTracker(1, setMaximum)),
    {
      ...command('ctswitch/ct-get-fragments', '[dp]', 0, 1, (args) =>
        status(takeNamedDatapath(view, args).backer.dpif.conntrack.fragments(), true),
      ),
      runJson: (args) => fragmentsJson(takeNamedDatapath(view, args).backer.dpif.conntrack.fragments(), wholeMs(view)),
    },
    command('dpctl/ipf-get-status', '[-m] [dp]', 0, 2, (args) => {
      const { options, rest } = parseOptions(args);
      const { conntrack } = takeDatapathBefore(view, rest, 0).backer.dpif;
      return status(conntrack.fragments(), options.verbosity > 0);
    }),
  ];
}

function family(text: string | undefined, quotes: string): 4 | 6 {
  if (text === 'v4') return 4;
  if (text === 'v6') return 6;
  throw dpctlError(`parameter missing: ${quotes}v4${quotes} for IPv4 or ${quotes}v6${quotes} for IPv6`, 'EINVAL');
}

function setEnabled(tracker: DpifConntrack, [version]: readonly string[], isEnabled: boolean): string {
  tracker.set({ [`fragments_v${family(version, "'")}`]: Number(isEnabled) });
  return `${isEnabled ? 'enabling' : 'disabling'} fragmentation reassembly successful`;
}

function setMinimum(tracker: DpifConntrack, [version, text]: readonly string[]): string {
  const name = `fragment_min_size_v${family(version, '')}` as const;
  const setting = SETTINGS[name];
  const size = readValue({ ...setting, min: 0 }, text);
  if (size === null) throw dpctlError('parameter missing for minimum fragment size', 'EINVAL');
  if (size < setting.min) throw dpctlError('requested minimum fragment size too small; see documentation', 'EPERM');
  tracker.set({ [name]: size });
  return 'setting minimum fragment size successful';
}

function setMaximum(tracker: DpifConntrack, [text]: readonly string[]): string {
  const setting = SETTINGS.max_fragments;
  const max = readValue({ ...setting, max: LARGEST }, text);
  if (max === null) throw dpctlError('parameter missing for maximum fragments', 'EINVAL');
  if (max > setting.max) throw dpctlError('setting maximum fragments failed', 'EPERM');
  tracker.set({ max_fragments: max });
  return 'setting maximum fragments successful';
}

function status(fragments: CtFragments, withLists: boolean): string {
  const lines = [
    'Fragmentation Module Status',
    '---------------------------',
    `v4 enabled: ${fragments.settings[4].isEnabled ? 1 : 0}`,
    `v6 enabled: ${fragments.settings[6].isEnabled ? 1 : 0}`,
    `max num frags (v4/v6): ${fragments.max}`,
    `num frag: ${fragments.held}`,
    ...familyLines(fragments, 4),
    ...familyLines(fragments, 6),
  ];
  const text = lines.map((line) => `        ${line}\n`).join('');
  if (!withLists) return text;
  const lists = fragments.pending.map((packet) => `${listLine(packet)}\n`);
  return `${text}\n        Fragment Lists:\n\n${lists.join('')}`;
}

function familyLines(fragments: CtFragments, version: 4 | 6): string[] {
  const { accepted, completed, expired, tooSmall, overlapped, purged } = fragments.counters[version];
  return [
    `min v${version} frag size: ${fragments.settings[version].minSize}`,
    `v${version} frags accepted: ${accepted}`,
    `v${version} frags completed: ${completed}`,
    `v${version} frags expired: ${expired}`,
    `v${version} frags too small: ${tooSmall}`,
    `v${version} frags overlapped: ${overlapped}`,
    `v${version} frags purged: ${purged}`,
  ];
}

function listLine(packet: CtPendingPacket): string {
  const { family, src, dst, id, zone, recircId, fragments, has } = pendingPacketJson(packet, 0);
  const isV4 = family === 4;
  const proto = isV4 ? getField(packet.headers, 0, 'nw_proto') : 0;
  const type = `dl_type=${isV4 ? '0x800' : '0x86dd'},zone=${zone}`;
  const counts = `num_fragments=${fragments},state=${has}`;
  return `(src=${src},dst=${dst},recirc_id=${recircId},ip_id=${id},${type},nw_proto=${proto},${counts})`;
}
