/**
 * One screen a function, one subject a file: 60 lines and 400 are the wall. Tables of data are exempt, and listed here. Comments have lines
 * of 140 columns at most; how wide code is the formatter decides.
 */
import ts from 'typescript';
import { type Complaint, functionName, lineOf, report, type SourceFile, sourceFiles } from './source-files.js';

const MAX_FILE = 400;
const MAX_FUNCTION = 60;
const MAX_COMMENT_WIDTH = 140;

/** Files that are tables of data. */
const TABLES: readonly string[] = ['src/match/fields.ts', 'src/openflow/errors.ts', 'src/openflow/messages.ts'];

function checkFile(file: SourceFile): Complaint[] {
  const lines = file.text.split('\n').length - 1;
  if (lines <= MAX_FILE || TABLES.includes(file.path)) return [];
  return [{ path: file.path, line: lines, message: `${lines} lines; at most ${MAX_FILE}` }];
}

/** Only lines that are nothing but a comment: behind code it is the line that is wide. */
function checkComments({ path, text }: SourceFile): Complaint[] {
  return text.split('\n').flatMap((line, i) => {
    if (line.length <= MAX_COMMENT_WIDTH || !/^\s*(\/\/|\/?\*)/.test(line)) return [];
    return [{ path, line: i + 1, message: `a comment of ${line.length} columns; at most ${MAX_COMMENT_WIDTH}` }];
  });
}

function checkFunctions(file: SourceFile): Complaint[] {
  if (TABLES.includes(file.path)) return [];
  const complaints: Complaint[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const end = file.tree.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
      const lines = end - lineOf(file, node) + 1;
      const message = `${functionName(node)} has ${lines} lines; at most ${MAX_FUNCTION}`;
      if (lines > MAX_FUNCTION && !isSuite(node))
        complaints.push({ path: file.path, line: lineOf(file, node), message });
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return complaints;
}

/** The body of a `describe` holds tests as a file holds functions. */
function isSuite(node: ts.Node): boolean {
  return ts.isCallExpression(node.parent) && /^describe\b/.test(node.parent.expression.getText());
}

const files = sourceFiles('datapath', 'src', 'scripts', 'test', 'examples');
report(
  'size',
  files.flatMap((file) => [...checkFile(file), ...checkComments(file), ...checkFunctions(file)]),
  files.length,
);
