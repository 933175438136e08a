/** Pages made from the tables of the datapath: match fields, and reasons for invalid packets and drops. */
import { DROP_REASONS } from '../../datapath/actions/drop-reasons.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/record/reasons.js';
import {
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  type FieldRow,
  fieldSize,
  type NxmId,
  type OxmId,
} from '../../src/match/fields.js';
import { code, type Page, table } from './page.js';

const yesNo = (value: boolean): string => (value ? 'yes' : '');

function oxmText(id: OxmId | undefined): string {
  return id ? `${id[0]} (${id[2]}), 1.${id[3] - 1}` : '';
}

const nxmText = (id: NxmId | undefined): string => (id ? `${id[0]} (${id[2]})` : '');

function fieldRow(name: FieldName): string[] {
  const row: FieldRow = FIELDS[name];
  const names = [name, ...(row.aka ?? [])].map(code).join(', ');
  const size = fieldSize(name) * 8 === row.bits ? `${row.bits}` : `${row.bits} in ${fieldSize(name)} bytes`;
  const old = [row.of10 ? `1.0 ${row.of10}` : '', row.of11 ? `1.1 ${row.of11}` : ''].filter((word) => word !== '');
  const needs = row.needs === 'none' ? '' : row.needs;
  return [
    names,
    size,
    row.format,
    yesNo(row.maskable),
    yesNo(row.writable),
    needs,
    nxmText(row.nxm),
    oxmText(row.oxm),
    old.join(', '),
  ];
}

/** Series of like fields are shown by their first and last. */
const inTheMiddle = (name: FieldName): boolean => {
  const [, series, number] = /^(x{0,2}reg|tun_metadata)(\d+)$/.exec(name) ?? [];
  if (series === undefined) return false;
  return number !== '0' && FIELD_NAMES.includes(`${series}${Number(number) + 1}` as FieldName);
};

export const fieldsPage = (): Page => ({
  file: 'fields.md',
  title: 'Match fields',
  intro:
    'Every field that flows can match, as in ovs-fields(7), where their meaning is explained. Of numbered series the first and the last ' +
    'are shown. Needs: what a match must contain before it may name the field. OXM: with the first OpenFlow version.',
  body: table(
    ['field', 'bits', 'format', 'mask', 'set', 'needs', 'NXM', 'OXM', 'fixed matches'],
    FIELD_NAMES.filter((name) => !inTheMiddle(name)).map(fieldRow),
  ),
});

function reasonRow(of: string, { name, text, detail, coverage }: ReasonRow): string[] {
  return [of, code(name), text, (detail ?? []).join(', '), code(coverage ?? '')];
}

export const reasonsPage = (): Page => ({
  file: 'reasons.md',
  title: 'Reasons',
  intro:
    'Why a packet leaves the tracker with +inv (one reason each), what became of a commit, why a connection ended, and why a packet ' +
    'was dropped. Counter: the one of `coverage/show` that Open vSwitch moves for the same thing.',
  body: table(
    ['of', 'reason', 'meaning', 'told with it', 'counter'],
    [
      ...REASONS.slice(1).map((row) => reasonRow('invalid packet', row)),
      ...COMMITS.slice(1).map((row) => reasonRow('commit', row)),
      ...CAUSES.map((row) => reasonRow('connection ended', row)),
      ...Object.entries(DROP_REASONS).map(([name, { sentence }]) => ['drop', code(name), sentence, '', '']),
    ],
  ),
});
