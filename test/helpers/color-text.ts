/** Coloured text as people can read it in a test: `{pm:nw_src=}10.0.0.1` for what the kind `pm` of OVS_COLORS colours. */

/** The colour of each kind, as ovs-ofctl(8) gives it. */
const KINDS: Readonly<Record<string, string>> = {
  '1;31': 'ac',
  '34': 'dr',
  '31': 'le',
  '36': 'pm',
  '35': 'pr',
  '33': 'sp',
  '32': 'vl',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is made of
const PIECE = /\x1b\[([\d;]+)m\x1b\[K(.*?)\x1b\[m\x1b\[K/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const SEQUENCE = /\x1b\[[\d;]*[mK]/g;

export const readable = (text: string): string =>
  text.replace(PIECE, (_, color: string, piece: string) => `{${KINDS[color] ?? color}:${piece}}`);

export const withoutColors = (text: string): string => text.replaceAll(SEQUENCE, '');
