/** dpctl/ipf-*: how the tracker treats IP fragments. */
import { load16 } from '../../datapath/base/bytes.js';
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import type { Fragment, FragmentList } from '../../datapath/conntrack/fragment-list.js';
import type { Fragments } from '../../datapath/conntrack/fragments.js';
import { SETTINGS } from '../../datapath/conntrack/settings.js';
import { extract } from '../../datapath/flow/extract.js';
import { getField } from '../../datapath/flow/key.js';
import { DP_WORDS } from '../../datapath/flow/layout.js';
import { formatIpv4, formatIpv6 } from '../text/address.js';
import { readValue } from '../text/ct-settings.js';
import type { Command } from '../unixctl/registry.js';
import { command, dpctlError, parseOptions, takeNamedDatapath } from './args.js';
import type { SwitchView } from './view.js';

/** Numbers that Open vSwitch can read. */
const LARGEST = 0xffff_ffff;

export function ctFragmentCommands(view: SwitchView): Command[] {
  const onTracker = (run: (tracker: Conntrack, words: readonly string[]) => string) => (args: string[]) => {
    const { backer, rest } = takeNamedDatapath(view, args);
    return run(backer.datapath.conntrack, rest);
  };
  return [
    command(
      'dpctl/ipf-set-enabled',
      '[dp] v4|v6',
      1,
      2,
      onTracker((tracker, words) => setEnabled(tracker, words, true)),
    ),
    command(
      'dpctl/ipf-set-disabled',
      '[dp] v4|v6',
      1,
      2,
      onTracker((tracker, words) => setEnabled(tracker, words, false)),
    ),
    command('dpctl/ipf-set-min-frag', '[dp] v4|v6 minfragment', 2, 3, onTracker(setMinimum)),
    command('dpctl/ipf-set-max-nfrags', '[dp] maxfrags', 1, 2, onTracker(setMaximum)),
    command('dpctl/ipf-get-status', '[-m] [dp]', 0, 2, (args) => {
      const { options, rest } = parseOptions(args);
      const { fragments } = takeNamedDatapath(view, rest).backer.datapath.conntrack;
      return status(fragments, options.verbosity > 0);
    }),
  ];
}

function family(text: string | undefined, quotes: string): 4 | 6 {
  if (text === 'v4') return 4;
  if (text === 'v6') return 6;
  throw dpctlError(`parameter missing: ${quotes}v4${quotes} for IPv4 or ${quotes}v6${quotes} for IPv6`, 'EINVAL');
}

function setEnabled(tracker: Conntrack, [version]: readonly string[], isEnabled: boolean): string {
  SETTINGS[`fragments_v${family(version, "'")}`].write(tracker, Number(isEnabled));
  return `${isEnabled ? 'enabling' : 'disabling'} fragmentation reassembly successful`;
}

function setMinimum(tracker: Conntrack, [version, text]: readonly string[]): string {
  const setting = SETTINGS[`fragment_min_size_v${family(version, '')}`];
  const size = readValue({ ...setting, min: 0 }, text);
  if (size === null) throw dpctlError('minimum fragment size missing', 'EINVAL');
  if (size < setting.min) throw dpctlError('requested minimum fragment size too small; see documentation', 'EPERM');
  setting.write(tracker, size);
  return 'setting minimum fragment size successful';
}

function setMaximum(tracker: Conntrack, [text]: readonly string[]): string {
  const setting = SETTINGS.max_fragments;
  const max = readValue({ ...setting, max: LARGEST }, text);
  if (max === null) throw dpctlError('parameter missing for maximum fragments', 'EINVAL');
  if (max > setting.max) throw dpctlError('setting maximum fragments failed', 'EPERM');
  setting.write(tracker, max);
  return 'setting maximum fragments successful';
}

function status(fragments: Fragments, withLists: boolean): string {
  const lines = [
    'Fragmentation Module Status',
    '---------------------------',
    `v4 enabled: ${fragments.settings[4].isEnabled ? 1 : 0}`,
    `v6 enabled: ${fragments.settings[6].isEnabled ? 1 : 0}`,
    `max num frags (v4/v6): ${fragments.maxFragments}`,
    `num frag: ${fragments.count}`,
    ...familyLines(fragments, 4),
    ...familyLines(fragments, 6),
  ];
  const text = lines.map((line) => `        ${line}\n`).join('');
  if (!withLists) return text;
  const lists = [...fragments.pending()].map((list) => `${listLine(list)}\n`);
  return `${text}\n        Fragment Lists:\n\n${lists.join('')}`;
}

function familyLines(fragments: Fragments, version: 4 | 6): string[] {
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

/** One packet of which pieces are missing. The list's key begins with family, zone and recirculation; for IPv6 the id follows. */
function listLine({ key, family, fragments }: FragmentList): string {
  const { packet } = fragments[0];
  const [, zone, recircId, id6] = key.split(',');
  const isV4 = family === 4;
  const words = new Int32Array(DP_WORDS);
  extract(packet, words, 0);
  const [src, dst] = isV4
    ? [formatIpv4(Number(getField(words, 0, 'ip_src'))), formatIpv4(Number(getField(words, 0, 'ip_dst')))]
    : [formatIpv6(getField(words, 0, 'ipv6_src')), formatIpv6(getField(words, 0, 'ipv6_dst'))];
  const ids = `recirc_id=${recircId},ip_id=${isV4 ? load16(packet.bytes, packet.l3 + 4) : id6}`;
  const type = `dl_type=${isV4 ? '0x800' : '0x86dd'},zone=${zone}`;
  const proto = isV4 ? getField(words, 0, 'nw_proto') : 0;
  return `(src=${src},dst=${dst},${ids},${type},nw_proto=${proto},num_fragments=${fragments.length},state=${stateOf(fragments)})`;
}

function stateOf(fragments: readonly Fragment[]): string {
  const hasFirst = fragments[0].from === 0;
  const hasLast = fragments[fragments.length - 1].isLast;
  if (hasFirst) return hasLast ? 'first/last frag' : 'first frag';
  return hasLast ? 'last frag' : 'other frag';
}
