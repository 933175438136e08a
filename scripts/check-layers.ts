/**
 * Imports point down. `scripts/layers.ts` says which; any other import between folders fails, and so does a cycle inside a folder,
 * a `node:` module where none belongs, a clock or chance where they are arguments, and an index.ts
 * that only gathers a folder for its neighbours.
 */
import { posix } from 'node:path';
import ts from 'typescript';
import { LAYERS, type Layer } from './layers.js';
import { type Complaint, lineOf, report, type SourceFile, sourceFiles } from './source-files.js';

const BY_FOLDER = new Map(LAYERS.map((layer) => [layer.folder, layer]));

/** Outsiders' doors: the folders that package.json exports. */
const FACES = [
  'datapath/index.ts',
  'src/index.ts',
  'src/openflow/index.ts',
  'src/remote/index.ts',
  'src/text/index.ts',
];

/** The one file that reads clocks for all, and those at the top which hand time and chance down. */
const CLOCK_FILES =
  /^(datapath\/base\/clock\.ts|datapath\/dp\/loop\.ts|datapath\/ports\/|src\/(net|lab|unixctl|switch|cli|appctl)\/)/;
const CLOCKS = /^(Date\.now|performance\.now|Math\.random|process\.hrtime.*)$/;
/** Timers also where connections are served. */
const TIMERS = /^(setTimeout|setInterval|setImmediate)$/;
const TIMER_FILES = /^src\/(controller|remote)\//;

function layerOf(path: string): string {
  const folders = [...BY_FOLDER.keys()].filter((folder) => path.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? posix.dirname(path);
}

function importsOf(file: SourceFile): { target: string; line: number }[] {
  return file.tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const name = statement.moduleSpecifier.text;
    const target = name.startsWith('.') ? posix.join(posix.dirname(file.path), name).replace(/\.js$/, '.ts') : name;
    return [{ target, line: lineOf(file, statement) }];
  });
}

function checkImports(file: SourceFile): Complaint[] {
  const folder = layerOf(file.path);
  const layer = BY_FOLDER.get(folder);
  if (FACES.includes(file.path)) return [];
  if (!layer) return [{ path: file.path, line: 1, message: `the folder ${folder} is not in the table of layers` }];
  return importsOf(file).flatMap(({ target, line }) => {
    const message = objection(folder, layer, target);
    return message === null ? [] : [{ path: file.path, line, message }];
  });
}

function objection(folder: string, layer: Layer, target: string): string | null {
  if (!target.includes('/') || target.startsWith('node:') || target.startsWith('@')) {
    return layer.touchesSystem ? null : `${folder} is pure: it may not import ${target}`;
  }
  if (!/^(datapath|src)\//.test(target)) return layer.touchesSystem ? null : `${folder} may not import ${target}`;
  const from = layerOf(target);
  if (from === folder || layer.imports.some((allowed) => from === allowed || from.startsWith(`${allowed}/`)))
    return null;
  return `${folder} may not import ${from} (${target})`;
}

function checkClocks(file: SourceFile): Complaint[] {
  if (CLOCK_FILES.test(file.path)) return [];
  const complaints: Complaint[] = [];
  const visit = (node: ts.Node): void => {
    const name = ts.isCallExpression(node) ? node.expression.getText(file.tree) : '';
    if (CLOCKS.test(name) || (TIMERS.test(name) && !TIMER_FILES.test(file.path))) {
      complaints.push({
        path: file.path,
        line: lineOf(file, node),
        message: `${name}: time and chance are arguments here`,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return complaints;
}

function checkBarrel(file: SourceFile): Complaint[] {
  if (posix.basename(file.path) !== 'index.ts' || FACES.includes(file.path)) return [];
  const gathers = file.tree.statements.every((statement) => ts.isExportDeclaration(statement));
  return gathers ? [{ path: file.path, line: 1, message: 'only gathers its folder: import the files' }] : [];
}

/** Cycles among files that import more than types of each other. */
function checkCycles(files: readonly SourceFile[]): Complaint[] {
  const edges = new Map(files.map((file) => [file.path, valueImports(file)]));
  const done = new Set<string>();
  const complaints: Complaint[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      if (trail.slice(start).every((other) => BY_FOLDER.get(layerOf(other))?.isRecursive)) return;
      const cycle = [...trail.slice(start), path].join(' -> ');
      complaints.push({ path, line: 1, message: `imports itself: ${cycle}` });
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return complaints;
}

function valueImports(file: SourceFile): string[] {
  const typeOnly = new Set(
    file.tree.statements
      .filter(
        (s) => (ts.isImportDeclaration(s) && s.importClause?.isTypeOnly) || (ts.isExportDeclaration(s) && s.isTypeOnly),
      )
      .map((statement) => lineOf(file, statement)),
  );
  return importsOf(file)
    .filter(({ line }) => !typeOnly.has(line))
    .map(({ target }) => target);
}

const files = sourceFiles('datapath', 'src');
const complaints = [
  ...files.flatMap((file) => [...checkImports(file), ...checkClocks(file), ...checkBarrel(file)]),
  ...checkCycles(files),
];
report('layers', complaints, files.length);
