/** Bits of fields as text: `NXM_NX_REG0[0..15]`, `reg0[3]`, `reg0[]`, `reg0`. */
import { didYouMean } from '../../datapath/base/suggest.js';
import { idToSend, NXM_VERSION } from '../match/field-ids.js';
import { FIELD_NAMES, FIELDS, type FieldName } from '../match/fields.js';
import type { Subfield } from '../openflow/action-types.js';
import { TextError } from './error.js';
import { fieldNamed } from './match.js';
import { subfieldFieldName } from './match-print.js';

/** Fields without a number in NXM and OXM that are a part of one which has one, and from which bit on. */
function wholeOf(field: FieldName): readonly [whole: FieldName, from: number] | null {
  if (field === 'dl_vlan') return ['vlan_vid', 0];
  if (field === 'dl_vlan_pcp') return ['vlan_pcp', 0];
  const register = /^reg(\d+)$/.exec(field);
  if (register === null) return null;
  const i = Number(register[1]);
  return [`xreg${i >> 1}` as FieldName, i % 2 === 0 ? 32 : 0];
}

/** The same bits by a name that a message can hold. Throws a TextError where there is none. */
export function numbered(subfield: Subfield): Subfield {
  const { field, start, bits } = subfield;
  if (idToSend(field, NXM_VERSION) !== null) return subfield;
  const whole = wholeOf(field);
  if (whole === null) throw new TextError(`${field} has no number in OpenFlow, so no action can name it`, field);
  return { field: whole[0], start: whole[1] + start, bits };
}

const FORM = /^([A-Za-z][\w]*)(?:\[(?:(\d+)(?:\.\.(\d+))?)?\])?/;

/** The subfield at the start of the text and how long it is; errors speak of `whole`. */
function readSubfield(text: string, whole: string): { subfield: Subfield; length: number } {
  const found = FORM.exec(text);
  const name = found?.[1] ?? /^[^[\s,-]*/.exec(text)![0];
  const field = fieldNamed(name);
  if (field === null) throw new TextError(`${whole}: unknown field \`${name}'`, text, 0, didYouMean(name, FIELD_NAMES));
  const length = found![0].length;
  if (text[length] === '[')
    throw new TextError(`${whole}: syntax error expecting [] or [<bit>] or [<start>..<end>]`, text, length);
  const width = FIELDS[field].bits;
  const start = Number(found![2] ?? 0);
  const end = Number(found![3] ?? found![2] ?? width - 1);
  if (start > end) throw new TextError(`${whole}: starting bit ${start} is after ending bit ${end}`, text, name.length);
  if (end >= width)
    throw new TextError(
      `${whole}: ${found![3] === undefined ? 'starting' : 'ending'} bit ${end} is not valid because field is only ${width} bits wide`,
      text,
      name.length,
    );
  return { subfield: numbered({ field, start, bits: end - start + 1 }), length };
}

export function parseSubfield(text: string): Subfield {
  const { subfield, length } = readSubfield(text, text);
  const rest = text.slice(length).trim();
  if (rest !== '') throw new TextError(`${text}: trailing garbage \`${rest}' following subfield`, text, length);
  return subfield;
}

/** What stands before and after the `->` that follows a subfield. */
export function parseMoveText(text: string): { src: Subfield; dst: Subfield } {
  const from = readSubfield(text, text);
  const arrow = /^\s*->\s*/.exec(text.slice(from.length));
  if (arrow === null) throw new TextError(`${text}: missing \`->' following source`, text, from.length);
  const dstAt = from.length + arrow[0].length;
  const to = readSubfield(text.slice(dstAt), text);
  const rest = text.slice(dstAt + to.length).trim();
  if (rest !== '') throw new TextError(`${text}: trailing garbage following destination`, text, dstAt + to.length);
  if (from.subfield.bits !== to.subfield.bits)
    throw new TextError(
      `${text}: source field is ${from.subfield.bits} bits wide but destination is ${to.subfield.bits} bits wide`,
      text,
    );
  return { src: from.subfield, dst: to.subfield };
}

export function formatSubfield({ field, start, bits }: Subfield): string {
  const name = subfieldFieldName(field);
  if (start === 0 && bits === FIELDS[field].bits) return `${name}[]`;
  return bits === 1 ? `${name}[${start}]` : `${name}[${start}..${start + bits - 1}]`;
}
