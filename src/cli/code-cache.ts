/**
 * Keeps what V8 makes of each piece of the program beside it, for the Node that runs this: `node dist/bin/code-cache.cjs`, which the build
 * does, and the installation of the package. Another Node, or a folder that cannot be written, is served without, more slowly.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Script } from 'node:vm';
import { cacheOf, compilePiece, loadPieces } from './pieces.js';

const FOLDER = import.meta.dirname;

/**
 * V8 compiles a function when it is called first, so a piece is kept after it has been used: this reads a flow, encodes it, decodes it and
 * prints it, which is what most verbs of ofctl do.
 */
const REHEARSAL = [
  'ofctl',
  'parse-flow',
  'table=1,priority=50,ct_state=+trk+est,ip,in_port=1,nw_dst=10.0.0.0/24,actions=load:1->NXM_NX_REG0[],ct(commit),2',
];

/** Pieces that the program loads itself, not Node. */
const isPiece = (name: string): boolean => name.endsWith('.cjs') && !/^(ctswitch|code-cache)\.cjs$/.test(name);

/** Whole or not at all, even if the machine stops: V8 checks where the file ends, but not every byte of it. */
function writeWhole(file: string, bytes: Uint8Array): void {
  const draft = `${file}.${process.pid}`;
  const fd = openSync(draft, 'wx', 0o644);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Every piece, as it is before it is used. */
function keepAll(): void {
  for (const name of readdirSync(FOLDER).filter(isPiece)) {
    const piece = join(FOLDER, name);
    rmSync(cacheOf(piece), { force: true });
    writeWhole(cacheOf(piece), compilePiece(piece).createCachedData());
  }
}

/** The pieces that these words use, as they are after it. */
function keepUsed(words: readonly string[]): void {
  const used = new Map<string, Script>();
  process.on('exit', () => {
    for (const [piece, script] of used) writeWhole(cacheOf(piece), script.createCachedData());
  });
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
  loadPieces(FOLDER, 'cli.cjs', (piece, script) => void used.set(piece, script));
}

/** In a process of its own: V8 has the pieces as they were, here, and the program ends the process it runs in. */
function rehearse(): void {
  const { status } = spawnSync(process.execPath, ['--no-warnings', process.argv[1]!, 'rehearse'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`the rehearsal ended with ${status}`);
}

if (process.argv[2] === 'rehearse') {
  keepUsed(REHEARSAL);
} else {
  try {
    keepAll();
    rehearse();
  } catch (error) {
    console.error(`code-cache: the program will start more slowly: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
