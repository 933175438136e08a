/**
 * How the installed program loads the pieces of its bundle (rolldown.config.ts): each with what V8 has made of it before, since to read
 * the 270 kB of codec and text anew takes a small command as long as all the rest. That is kept in a file beside the piece
 * (code-cache.ts), which whoever may write has the program itself in his hands. It is V8's own format: V8 refuses what another version,
 * other options or another text have led to, and what has been cut off; then the piece is compiled, which takes time and nothing else.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

type Exports = Record<string, unknown>;
type Run = (exports: Exports, require: (name: string) => unknown, module: { exports: Exports }, file: string) => void;

/** A piece is a CommonJS module: import statements would need an interface of Node's that is not finished yet. */
const BEGIN = '(function (exports, require, module, __filename) {\n';
const END = '\n})';

/** Where the code of a piece is kept, for the Node that runs. */
export const cacheOf = (piece: string): string => `${piece}.${process.version}-${process.arch}.cache`;

/** A piece as V8 has it; `cachedDataRejected` is false if its code was there and fits. Pieces are ASCII, which Node reads fastest so. */
export function compilePiece(piece: string): Script {
  const cache = cacheOf(piece);
  return new Script(`${BEGIN}${readFileSync(piece, 'latin1')}${END}`, {
    filename: piece,
    lineOffset: -1,
    ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
  });
}

/** Loads a piece of the folder, and with it those that it requires: each once. `onPiece` is told of each before it runs. */
export function loadPieces(
  folder: string,
  first: string,
  onPiece: (piece: string, script: Script) => void = () => {},
): Exports {
  const fromNode = createRequire(join(folder, first));
  const loaded = new Map<string, { exports: Exports }>();
  const load = (name: string): Exports => {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const file = join(folder, name);
    const module = { exports: {} };
    // Before it runs: pieces require each other in circles.
    loaded.set(name, module);
    const script = compilePiece(file);
    onPiece(file, script);
    (script.runInThisContext() as Run)(module.exports, require, module, file);
    return module.exports;
  };
  const require = (name: string): unknown => (name.startsWith('./') ? load(name.slice(2)) : fromNode(name));
  return load(first);
}
