/** Pages made from the tables of OpenFlow: messages, errors, and actions as they are written and sent. */
import { encodeActions } from '../../src/openflow/action-codec.js';
import type { ActionDoc } from '../../src/openflow/actions/row.js';
import { ACTION_ROWS, ACTION_TYPES } from '../../src/openflow/actions/table.js';
import { NX_VENDOR, ONF_VENDOR } from '../../src/openflow/actions/wire.js';
import { ERRORS, type ErrorCode } from '../../src/openflow/errors.js';
import { type Kind, type MessageEncoding, makeEncodings } from '../../src/openflow/messages.js';
import { type OfVersion, VERSIONS, versionName } from '../../src/openflow/version.js';
import { parseActions } from '../../src/text/action-parse.js';
import { INSTRUCTION_NOTES } from './instruction-notes.js';
import { code, type Page, table } from './page.js';

const VERSION_HEADS = VERSIONS.map(versionName);

const EXPERIMENTER = 0xffff;
const VENDORS = new Map([
  [0, ''],
  [NX_VENDOR, 'NX '],
  [ONF_VENDOR, 'ONF '],
]);

function errorText(codes: readonly ErrorCode[], version: number): string {
  const found = codes.find(([from, to]) => from <= version && version <= to);
  return found ? `${VENDORS.get(found[2]) ?? found[2]}${found[3]}.${found[4]}` : '';
}

export const errorsPage = (): Page => ({
  file: 'errors.md',
  title: 'OpenFlow errors',
  intro:
    'The errors that the switch sends and understands, as type.code; a vendor stands before those that are extensions.',
  body: table(
    ['error', ...VERSION_HEADS],
    Object.entries(ERRORS).map(([name, codes]) => [name, ...VERSIONS.map((version) => errorText(codes, version))]),
  ),
});

const KINDS: Record<Kind, string> = {
  message: 'message',
  request: 'multipart request',
  reply: 'multipart reply',
  nx: 'NX message',
  onf: 'ONF message',
  nxRequest: 'NX multipart request',
  nxReply: 'NX multipart reply',
};

const versionRange = (from: OfVersion | number, to: OfVersion | number): string => {
  const [first, last] = [from, to].map((version) => versionName(version as OfVersion));
  return first === last ? first : `${first} to ${last}`;
};

const messageRow = (name: string, { title, kind, code: number, from, to }: MessageEncoding<never>): string[] => [
  code(name),
  title,
  KINDS[kind],
  `${number}`,
  versionRange(from, to),
];

/** Only the rows are looked at; nothing is encoded. */
const NO_CODEC = {} as Parameters<typeof makeEncodings>[0];

export const messagesPage = (): Page => ({
  file: 'messages.md',
  title: 'OpenFlow messages',
  intro:
    'The messages that are read and written, by the name that `ctswitch/openflow` has for them. What is not here is answered with OFPBRC_BAD_TYPE ' +
    'or its kin.',
  body: table(
    ['name', 'as specified', 'kind', 'number', 'versions'],
    Object.entries(makeEncodings(NO_CODEC)).flatMap(([name, encodings]) =>
      (encodings as readonly MessageEncoding<never>[]).map((encoding) => messageRow(name, encoding)),
    ),
  ),
});

/** What the text is sent as, read off its encoding: numbers of standard actions, or vendor and number. */
function wireNumbers(example: string, version: OfVersion): string {
  const bytes = encodeActions(parseActions(example), version);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers: string[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint16(at + 2)) {
    const type = view.getUint16(at);
    numbers.push(type === EXPERIMENTER ? `${VENDORS.get(view.getUint32(at + 4))}${view.getUint16(at + 8)}` : `${type}`);
  }
  return numbers.join(', ');
}

const actionLine = ({ syntax, example, meaning }: ActionDoc): string[] => [
  code(syntax),
  meaning,
  ...VERSIONS.map((version) => (example === null ? '' : wireNumbers(example, version))),
];

const instructionRow = ([syntax, meaning]: readonly [string, string]): string[] => [code(syntax), meaning];

const INTRO =
  'The actions of flows, as ovs-actions(7) writes and explains them. PORT is a number, a name, or one of `in_port`, `normal`, `flood`, `all`, `local`, ' +
  '`controller`, each of which may stand alone, too. SRC and DST are fields or parts of fields: `FIELD[START..END]`. The columns on the right say what an ' +
  'action is sent as in each version of OpenFlow: the number of its own, or an extension (NX, ONF).';

const INSTRUCTION_INTRO =
  'Written among the actions, in this order, and sent by OpenFlow 1.1 and later; OpenFlow 1.0 has `goto_table` as `resubmit` only.';

export const actionsPage = (): Page => ({
  file: 'actions.md',
  title: 'Actions',
  intro: INTRO,
  body: [
    table(
      ['action', 'what it does', ...VERSION_HEADS],
      ACTION_TYPES.flatMap((type) => ACTION_ROWS[type].docs.map(actionLine)),
    ),
    '## Instructions',
    INSTRUCTION_INTRO,
    table(['instruction', 'what it does'], Object.values(INSTRUCTION_NOTES).map(instructionRow)),
  ].join('\n\n'),
});
