/**
 * Files whose head comment says `@hot` run for every packet: they make no objects, call no closures, build no strings and throw
 * nothing. Exempt are what runs once (the top level of the file, constructors), functions whose verb says that they run
 * seldom, and those that say `@cold` in their comment.
 */
import ts from 'typescript';
import { type Complaint, functionName, lineOf, report, type SourceFile, sourceFiles } from './source-files.js';

/** Verbs of what is done to a table or a port as a whole, not for a packet. */
const SELDOM =
  /^(constructor|(selfCheck|toString|toJSON|clear|flush|dump|make|setUp|open|close|grow|resize|sort)([A-Z].*)?)$/;
const GLOBAL_CLASSES = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array', 'Error', 'RegExp', 'Date', 'Promise']);

const isHot = (file: SourceFile): boolean => {
  const head = /^\/\*\*[\s\S]*?\*\//.exec(file.text)?.[0] ?? '';
  return /@hot\b/.test(head);
};

function isCold(node: ts.Node, file: SourceFile): boolean {
  if (SELDOM.test(functionName(node))) return true;
  return (
    ts.getLeadingCommentRanges(file.text, node.getFullStart())?.some((range) => {
      return /@cold\b/.test(file.text.slice(range.pos, range.end));
    }) ?? false
  );
}

/** Why the node does not belong into a hot function; null if it does. */
function objection(node: ts.Node): string | null {
  if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return 'a closure';
  if (ts.isSpreadElement(node) || ts.isSpreadAssignment(node)) return 'a spread';
  if (ts.isForOfStatement(node)) return 'for..of';
  if (ts.isForInStatement(node)) return 'for..in';
  if (ts.isBigIntLiteral(node)) return 'a BigInt';
  if (ts.isTemplateExpression(node)) return 'a string is built';
  if (ts.isThrowStatement(node) || ts.isTryStatement(node)) return 'an exception';
  if (ts.isObjectLiteralExpression(node)) return 'an object is made';
  if (ts.isArrayLiteralExpression(node)) return 'an array is made';
  if (ts.isArrayBindingPattern(node)) return 'an array is taken apart';
  if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return 'a coroutine';
  if (ts.isNewExpression(node)) return newObjection(node);
  return null;
}

function newObjection(node: ts.NewExpression): string | null {
  const name = node.expression.getText();
  return GLOBAL_CLASSES.has(name) || /(Array|View|Buffer)$/.test(name) ? `new ${name}` : null;
}

function check(file: SourceFile): Complaint[] {
  const complaints: Complaint[] = [];
  const visit = (node: ts.Node, inside: string | null): void => {
    if (ts.isFunctionLike(node) && inside === null && isDeclared(node)) {
      if (isCold(node, file)) return;
      inside = functionName(node);
    } else if (inside !== null) {
      const message = objection(node);
      if (message !== null)
        complaints.push({ path: file.path, line: lineOf(file, node), message: `${inside}: ${message}` });
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(file.tree, null);
  return complaints;
}

/** A function that has a name of its own, `const f = () => ...` at the top level included. */
function isDeclared(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node)) return true;
  if (ts.isGetAccessor(node) || ts.isSetAccessor(node)) return true;
  return ts.isArrowFunction(node) && ts.isVariableDeclaration(node.parent);
}

const files = sourceFiles('datapath', 'src').filter(isHot);
report('hot', files.flatMap(check), files.length);
