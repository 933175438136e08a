/** Names for numbers: OpenFlow ports and tables that users gave names to, and the ports that the protocol names itself. */
import { OFPP } from '../openflow/action-types.js';
import type { Colors } from './colors.js';

/** Names of ports or tables. Of two with the same name or number the first counts. */
export class NameMap {
  private readonly numbers = new Map<string, number>();
  private readonly names = new Map<number, string>();

  /** Adds a pair, unless its name or its number has a partner already: that one stays. */
  add(number: number, name: string): this {
    if (!this.numbers.has(name)) this.numbers.set(name, number);
    if (!this.names.has(number)) this.names.set(number, name);
    return this;
  }

  /** The number of that name; undefined if it has none. */
  number(name: string): number | undefined {
    return this.numbers.get(name);
  }

  /** The name of that number; undefined if it has none. */
  name(number: number): string | undefined {
    return this.names.get(number);
  }
}

/** Names that may stand for numbers in texts, both ways. */
export interface Names {
  ports?: NameMap | undefined;
  tables?: NameMap | undefined;
  /** OpenFlow version (wire number) of the message that is printed: some actions have another name in some versions. */
  version?: number | undefined;
  /** Of what is printed; plain if absent. */
  colors?: Colors | undefined;
}

const RESERVED: Record<string, number> = {
  IN_PORT: OFPP.IN_PORT,
  TABLE: OFPP.TABLE,
  NORMAL: OFPP.NORMAL,
  FLOOD: OFPP.FLOOD,
  ALL: OFPP.ALL,
  CONTROLLER: OFPP.CONTROLLER,
  LOCAL: OFPP.LOCAL,
  ANY: OFPP.NONE,
  UNSET: OFPP.UNSET,
};
const RESERVED_NAMES = new Map(Object.entries(RESERVED).map(([name, number]) => [number, name]));
const OF11_OFFSET = 0xffff0000;

/** A name as it must be written among other text: quoted unless it is a letter followed by letters and digits. */
export function quoteName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? name : JSON.stringify(name);
}

/** The text without the quotes that `quoteName` puts around a name. */
export function unquoteName(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

export function formatPort(port: number, names?: Names): string {
  const reserved = RESERVED_NAMES.get(port);
  if (reserved !== undefined) return reserved;
  const name = names?.ports?.name(port);
  return name === undefined ? String(port) : quoteName(name);
}

/** The port's canonical number, or null. Numbers may be those of OpenFlow 1.0 or 1.1; names reserved or from the map. */
export function parsePort(text: string, names?: Names): number | null {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number <= 0xffff) return number;
    return number >= OF11_OFFSET + OFPP.MAX && number <= 0xffffffff ? number - OF11_OFFSET : null;
  }
  const upper = text.toUpperCase();
  if (upper === 'NONE') return OFPP.NONE;
  return RESERVED[upper] ?? names?.ports?.number(unquoteName(text)) ?? null;
}

export function formatTable(table: number, names?: Names): string {
  const name = names?.tables?.name(table);
  return name === undefined ? String(table) : quoteName(name);
}

export function parseTable(text: string, names?: Names): number | null {
  const number = cNumber(text);
  if (number !== null) return number <= 255 ? number : null;
  return names?.tables?.number(unquoteName(text)) ?? null;
}

/** An unsigned number as C writes them: decimal, 0x hexadecimal, 0 octal. Null if it is none or beyond 2^53. */
export function cNumber(text: string): number | null {
  if (/^(0|[1-9]\d*)$/.test(text) || /^0[xX][0-9a-fA-F]+$/.test(text)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : null;
  }
  return /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null;
}
