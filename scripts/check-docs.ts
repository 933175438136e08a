/**
 * What package.json `exports` offers is documented: every exported symbol has a doc comment, and so has every public method of an exported
 * class or interface. What a name and a type say already is not asked for, so fields are left to their authors.
 */
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import { type Complaint, ROOT, report } from './source-files.js';

const { exports: entries } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, string>;
};
/** dist/src/index.js is made from src/index.ts. */
const sources = Object.values(entries).map((path) => join(ROOT, path.replace('./dist/', '').replace(/\.js$/, '.ts')));

const settings = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config;
const { options } = ts.parseJsonConfigFileContent(settings, ts.sys, ROOT);
const program = ts.createProgram(sources, { ...options, noEmit: true });
const checker = program.getTypeChecker();
const complaints = new Map<ts.Node, Complaint>();
const seen = new Set<ts.Symbol>();

function complain(node: ts.Declaration, name: string): void {
  const file = node.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const path = relative(ROOT, file.fileName).split(sep).join('/');
  complaints.set(node, { path, line, message: `${name} is part of the package's interface and has no doc comment` });
}

/** Of a symbol declared several times, such as overloads, one comment is enough. */
const isDocumented = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length > 0;

function checkSymbol(exported: ts.Symbol): void {
  const symbol = (exported.flags & ts.SymbolFlags.Alias) !== 0 ? checker.getAliasedSymbol(exported) : exported;
  if (seen.has(symbol)) return;
  seen.add(symbol);
  const [declaration] = symbol.declarations ?? [];
  // A module that is exported as a namespace has the comment at its head.
  if (declaration === undefined || ts.isSourceFile(declaration)) return;
  if (!isDocumented(symbol)) complain(declaration, symbol.name);
  if (ts.isClassDeclaration(declaration) || ts.isInterfaceDeclaration(declaration)) checkMethods(declaration);
}

function checkMethods(owner: ts.ClassDeclaration | ts.InterfaceDeclaration): void {
  for (const member of owner.members) {
    if (!ts.isMethodDeclaration(member) && !ts.isMethodSignature(member)) continue;
    if (
      (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0 ||
      ts.isComputedPropertyName(member.name)
    )
      continue;
    const symbol = checker.getSymbolAtLocation(member.name);
    if (symbol !== undefined && !isDocumented(symbol)) complain(member, `${owner.name?.text}.${symbol.name}`);
  }
}

for (const source of sources) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(source)!);
  for (const symbol of checker.getExportsOfModule(module!)) checkSymbol(symbol);
}
report('docs', [...complaints.values()], seen.size, 'exported symbols');
