/**
 * Stacks in the words of the sources: what runs is a bundle, and its maps say which line of which source a frame comes from. They are read
 * when the first stack is looked at, which Node's own --enable-source-maps does at every start.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As V8 names it: pieces of the bundle by their paths, modules by their URLs. */
const FRAME = /((?:file:\/\/)?\/[^\s()]+?\.c?js):(\d+):(\d+)/;
const maps = new Map<string, SourceMap | null>();

/** From now on `error.stack` names sources where there are maps. */
export function showSources(): void {
  Error.prepareStackTrace = (error, frames) =>
    [String(error), ...frames.map((frame) => `    at ${inSource(String(frame))}`)].join('\n');
}

function inSource(frame: string): string {
  const [place = '', file = '', line = '', column = ''] = FRAME.exec(frame) ?? [];
  if (place === '') return frame;
  try {
    const path = file.startsWith('file:') ? fileURLToPath(file) : file;
    const entry = mapOf(path)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return frame;
    const source = relative(process.cwd(), resolve(dirname(path), entry.originalSource));
    return frame.replace(place, `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
  } catch {
    // A stack is wanted most when nothing works any more: as it is, then.
    return frame;
  }
}

function mapOf(path: string): SourceMap | null {
  let map = maps.get(path);
  if (map === undefined) {
    const file = `${path}.map`;
    map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
    maps.set(path, map);
  }
  return map;
}
