/**
 * `npm run pack:openflow`: the codec and the controller's side as a package of their own, node-openflow-protocol. One file of code, the
 * types that it speaks of, and no dependencies. Takes what has been built, puts it together in dist/openflow, and packs that into the
 * current folder.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = join(ROOT, 'packages', 'openflow');
const STAGE = join(ROOT, 'dist', 'openflow');
const DOORS = ['src/openflow/index.d.ts', 'src/remote/index.d.ts'];

/** All declarations that these speak of, by their paths in dist. */
function declarationsFrom(doors: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [...doors];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const text = readFileSync(join(ROOT, 'dist', path), 'utf8');
    found.set(path, text);
    for (const [, target] of text.matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g))
      waiting.push(posix.join(posix.dirname(path), `${target}.d.ts`));
  }
  return found;
}

function writeTypes(): void {
  for (const [path, text] of declarationsFrom(DOORS)) {
    const target = join(STAGE, 'types', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  const lines = DOORS.map((door) => `export * from './types/${door.replace('.d.ts', '.js')}';\n`);
  writeFileSync(join(STAGE, 'index.d.ts'), lines.join(''));
}

rmSync(STAGE, { recursive: true, force: true });
mkdirSync(STAGE, { recursive: true });
const bundle = await rolldown({ input: join(SOURCE, 'index.js'), platform: 'node' });
await bundle.write({ file: join(STAGE, 'index.js'), format: 'esm' });
await bundle.close();
writeTypes();
for (const file of ['package.json', 'README.md']) copyFileSync(join(SOURCE, file), join(STAGE, file));
copyFileSync(join(ROOT, 'LICENSE'), join(STAGE, 'LICENSE'));
if (!process.argv.includes('--stage')) execFileSync('npm', ['pack', STAGE], { stdio: 'inherit' });
