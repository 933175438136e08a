/**
 * Pages made from what the source says where it says it: limits (constants whose name and comment say so) and counters (calls
 * of `counter`).
 */
import ts from 'typescript';
import { COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/record/reasons.js';
import { type SourceFile, sourceFiles } from '../source-files.js';
import { code, type Page, table } from './page.js';

/** Names of constants that bound something. */
const LIMIT = /^(MAX|MOST|DEFAULT_MAX)_|^DEFAULT_([A-Z]+_)?LIMIT|_QUEUE_BYTES$/;

/** Bounds of a format, not of what can grow. */
const NO_LIMITS = new Set(['MAX_BITS', 'MAX_WSCALE', 'MAX_ACK_WINDOW']);

interface Constant {
  name: string;
  value: ts.Expression;
  /** Of the lines above it; a constant right below another shares its comment. */
  comment: string;
}

function constantsOf(file: SourceFile): Constant[] {
  const found: Constant[] = [];
  let endOfLast = 0;
  for (const statement of file.tree.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const own = commentAbove(file, statement);
    const isRightBelow = file.text.slice(endOfLast, statement.getStart(file.tree)) === '\n';
    const comment = own === '' && isRightBelow ? (found.at(-1)?.comment ?? '') : own;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer) found.push({ name: name.getText(), value: initializer, comment });
    endOfLast = statement.end;
  }
  return found;
}

/** The doc comment that stands right above a statement, as one line. */
function commentAbove(file: SourceFile, statement: ts.Statement): string {
  const range = ts.getLeadingCommentRanges(file.text, statement.getFullStart())?.at(-1);
  if (!range) return '';
  const text = file.text.slice(range.pos, range.end);
  if (!text.startsWith('/**') || /\n\s*\n/.test(file.text.slice(range.end, statement.getStart(file.tree)))) return '';
  return text
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/\n\s*\* ?/g, ' ')
    .trim();
}

const folderOf = (path: string): string => path.replace(/\/[^/]*$/, '');

export const limitsPage = (): Page => ({
  file: 'limits.md',
  title: 'Limits',
  intro:
    'Everything that can grow has a limit, which stands in the source beside what it bounds, with its reason. What is beyond one is refused or ' +
    'dropped, and counted. Those that begin with DEFAULT are where a limit starts; commands of [appctl.md](appctl.md) move some of them.',
  body: table(
    ['limit', 'value', 'why', 'where'],
    sourceFiles('datapath', 'src').flatMap((file) =>
      constantsOf(file)
        .filter(({ name, comment }) => LIMIT.test(name) && !NO_LIMITS.has(name) && comment !== '')
        .map(({ name, value, comment }) => [code(name), code(value.getText()), comment, code(file.path)]),
    ),
  ),
});

/** Counters made under a fixed name; `${...}` in a name stands for what the reasons of that place are called. */
function countersOf(file: SourceFile): string[][] {
  const rows: string[][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === 'counter') {
      const [argument] = node.arguments;
      const name = argument && counterName(argument);
      if (name) rows.push([code(name), meaningOf(file, node), code(folderOf(file.path))]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return rows;
}

function counterName(argument: ts.Expression): string | null {
  if (ts.isStringLiteral(argument)) return argument.text;
  if (ts.isTemplateExpression(argument)) return `${argument.head.text}...`;
  return null;
}

/** What the comment of the statement around the call says. */
function meaningOf(file: SourceFile, call: ts.Node): string {
  let node = call;
  while (!ts.isStatement(node)) node = node.parent;
  return commentAbove(file, node);
}

const coverageRow = ({ coverage, text }: ReasonRow): string[] => [
  code(coverage ?? ''),
  text,
  code('datapath/conntrack'),
];

export function countersPage(): Page {
  const byName = new Map<string, string[]>();
  const rows = [
    ...[...REASONS, ...COMMITS].filter(({ coverage }) => coverage !== undefined).map(coverageRow),
    ...sourceFiles('datapath', 'src').flatMap(countersOf),
  ];
  for (const row of rows) if (!byName.has(row[0])) byName.set(row[0], row);
  return {
    file: 'counters.md',
    title: 'Counters',
    intro:
      'What `appctl coverage/show` counts, beside traffic: `coverage/read-counter NAME` reads one. Why single packets were invalid or ' +
      'dropped is on [reasons.md](reasons.md).',
    body: table(
      ['counter', 'counts', 'where'],
      [...byName.values()].sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
