/**
 * Colours of printed flows, as ovs-ofctl has them: the printers say of what kind each piece is, and the table below says how a kind looks.
 *
 * Follows lib/colors.c and the section on --color of ovs-ofctl(8).
 */

/** What a piece of text is. The key is its name in OVS_COLORS; the colour is an SGR substring, as terminals take it. */
const KINDS = {
  /** `actions=` before the actions of a flow. */
  actions: { key: 'ac', color: '1;31' },
  drop: { key: 'dr', color: '34' },
  learn: { key: 'le', color: '31' },
  /** A name that a value follows: `nw_src=`. */
  param: { key: 'pm', color: '36' },
  /** A word with its parenthesis, and the closing one. */
  paren: { key: 'pr', color: '35' },
  /** What decides about a packet's way: `table=`, `priority=`, `output:`. */
  special: { key: 'sp', color: '33' },
  /** A word that stands alone: `tcp`, `commit`. */
  value: { key: 'vl', color: '32' },
} as const satisfies Record<string, { key: string; color: string }>;

export type Kind = keyof typeof KINDS;

/** For each kind, what is printed for a piece of it. */
export type Colors = Readonly<Record<Kind, (text: string) => string>>;

const same = (text: string): string => text;

const forEachKind = (painter: (kind: Kind) => (text: string) => string): Colors =>
  Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, painter(kind as Kind)])) as Record<Kind, typeof same>;

/** No colours: each piece as it is. */
export const PLAIN: Colors = forEachKind(() => same);

/** Each sequence is followed by one that clears to the end of the line, so that a line which wraps keeps no background. */
const sequence = (color: string): string => `\x1b[${color}m\x1b[K`;
const END = sequence('');

/**
 * The colours that a text such as `ac=01;31:dr=34` asks for, the default ones for the kinds that it does not name. Entries that are no
 * colour are passed over, as ovs-ofctl does; of two for one kind the last counts.
 */
export function colorsFrom(wanted: string): Colors {
  const given = new Map<string, string>();
  for (const entry of wanted.split(':')) {
    const [, key, color] = /^(\w+)=([\d;]*)$/.exec(entry) ?? [];
    if (key !== undefined) given.set(key, color!);
  }
  return forEachKind((kind) => {
    const begin = sequence(given.get(KINDS[kind].key) ?? KINDS[kind].color);
    return (text) => begin + text + END;
  });
}
