/**
 * Writes the pages of docs/reference that are made from tables; with --check it only says whether they are up to date.
 * `node dist/scripts/gen-docs.js`, after a build.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DROP_REASONS } from '../datapath/actions/drop-reasons.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../datapath/conntrack/reasons.js';
import {
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  type FieldRow,
  fieldSize,
  type NxmId,
  type OxmId,
} from '../datapath/flow/fields.js';
import { ERRORS, type ErrorCode } from '../src/openflow/errors.js';
import { ROOT } from './source-files.js';

/** A page: file name in docs/reference, title, what stands before the table, heads and rows of the table. */
interface Page {
  file: string;
  title: string;
  intro: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
}

const yesNo = (value: boolean): string => (value ? 'yes' : '');

function oxmText(id: OxmId | undefined): string {
  return id ? `${id[0]} (${id[2]}), 1.${id[3] - 1}` : '';
}

const nxmText = (id: NxmId | undefined): string => (id ? `${id[0]} (${id[2]})` : '');

function fieldRow(name: FieldName): string[] {
  const row: FieldRow = FIELDS[name];
  const names = [name, ...(row.aka ?? [])].map((word) => `\`${word}\``).join(', ');
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

function reasonRow(of: string, { name, text, detail, coverage }: ReasonRow): string[] {
  return [of, `\`${name}\``, text, (detail ?? []).join(', '), coverage ? `\`${coverage}\`` : ''];
}

const VENDORS = new Map([
  [0, ''],
  [0x2320, 'NX '],
  [0x4f4e4600, 'ONF '],
]);

function errorText(codes: readonly ErrorCode[], version: number): string {
  const found = codes.find(([from, to]) => from <= version && version <= to);
  return found ? `${VENDORS.get(found[2]) ?? found[2]}${found[3]}.${found[4]}` : '';
}

const PAGES: readonly Page[] = [
  {
    file: 'fields.md',
    title: 'Match fields',
    intro:
      'Every field that flows can match, as in ovs-fields(7), where their meaning is explained. Of numbered series the first and the last ' +
      'are shown. Needs: what a match must contain before it may name the field. OXM: with the first OpenFlow version.',
    heads: ['field', 'bits', 'format', 'mask', 'set', 'needs', 'NXM', 'OXM', 'fixed matches'],
    rows: FIELD_NAMES.filter((name) => !inTheMiddle(name)).map(fieldRow),
  },
  {
    file: 'reasons.md',
    title: 'Reasons',
    intro:
      'Why a packet leaves the tracker with +inv (one reason each), what became of a commit, why a connection ended, and why a packet ' +
      'was dropped. Counter: the one of `coverage/show` that Open vSwitch moves for the same thing.',
    heads: ['of', 'reason', 'meaning', 'told with it', 'counter'],
    rows: [
      ...REASONS.slice(1).map((row) => reasonRow('invalid packet', row)),
      ...COMMITS.slice(1).map((row) => reasonRow('commit', row)),
      ...CAUSES.map((row) => reasonRow('connection ended', row)),
      ...Object.entries(DROP_REASONS).map(([name, { sentence }]) => ['drop', `\`${name}\``, sentence, '', '']),
    ],
  },
  {
    file: 'errors.md',
    title: 'OpenFlow errors',
    intro:
      'The errors that the switch sends and understands, as type.code; a vendor stands before those that are extensions.',
    heads: ['error', '1.0', '1.1', '1.2', '1.3', '1.4', '1.5'],
    rows: Object.entries(ERRORS).map(([name, codes]) => [name, ...[1, 2, 3, 4, 5, 6].map((v) => errorText(codes, v))]),
  },
];

function render({ title, intro, heads, rows }: Page): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
  return `# ${title}\n\n<!-- Made by scripts/gen-docs.ts: do not edit. -->\n\n${intro}\n\n${table.join('\n')}\n`;
}

const folder = join(ROOT, 'docs', 'reference');
const isCheck = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const page of PAGES) {
  const path = join(folder, page.file);
  if (isCheck) {
    if (readOrEmpty(path) === render(page)) continue;
    console.error(`docs/reference/${page.file} is out of date: run \`npm run build && node dist/scripts/gen-docs.js\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path, render(page));
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
