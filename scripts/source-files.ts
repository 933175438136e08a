/** The project's own TypeScript files, parsed: what the check scripts walk. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The checkout: the first folder above this file that has a package.json of its own. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface SourceFile {
  /** Relative to the checkout, with slashes. */
  path: string;
  text: string;
  tree: ts.SourceFile;
}

export interface Complaint {
  path: string;
  line: number;
  message: string;
}

export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) => {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => parse(relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join(posix.sep)))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  });
}

function parse(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

export const lineOf = (file: SourceFile, node: ts.Node): number =>
  file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;

/** The name of a function, for people; "(anonymous)" if it has none. */
export function functionName(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const named = node as ts.FunctionDeclaration;
  if (named.name) return named.name.getText();
  return ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent)
    ? node.parent.name.getText()
    : '(anonymous)';
}

/** Prints complaints as file:line and ends the process, with status 1 if there are any. */
export function report(rule: string, complaints: readonly Complaint[], checked: number, what = 'files'): never {
  for (const { path, line, message } of complaints) console.error(`${path}:${line}: ${message}`);
  if (complaints.length > 0) console.error(`check-${rule}: ${complaints.length} complaints in ${checked} ${what}`);
  else console.log(`check-${rule}: ${checked} ${what} in order`);
  process.exit(complaints.length > 0 ? 1 : 0);
}
