/**
 * What users get: a package as it is packed, installed in an empty folder. Nothing is fetched: its dependencies are links to the
 * checkout's.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
}

/** Packs the built package in `source` and installs it in a new folder, which is returned; the caller removes it. */
export function installPacked(source: string): string {
  const app = mkdtempSync(join(tmpdir(), 'ctswitch-app-'));
  const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', app];
  const env = { ...process.env, npm_config_cache: join(app, 'cache'), npm_config_update_notifier: 'false' };
  const tarball = execFileSync('npm', words, { cwd: source, encoding: 'utf8', env }).trim();
  const { name, dependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  const folder = join(app, 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['xzf', join(app, tarball), '-C', folder, '--strip-components=1']);
  for (const dependency of Object.keys(dependencies)) {
    const link = join(app, 'node_modules', dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', dependency), link);
  }
  rmSync(join(app, 'cache'), { recursive: true, force: true });
  return app;
}

export interface Example {
  /** The heading that it stands under. */
  title: string;
  code: string;
  /** What the page says that it prints. */
  printed: string;
}

/** The programs of a page, its `js` blocks, each with the next `text` block. */
export function examplesIn(page: string): Example[] {
  const markdown = readFileSync(join(ROOT, page), 'utf8');
  const blocks = /^```js\n([\s\S]*?)^```\n[\s\S]*?^```text\n([\s\S]*?)^```/gm;
  return [...markdown.matchAll(blocks)].map(({ 1: code = '', 2: printed = '', index }) => {
    const title =
      markdown
        .slice(0, index)
        .match(/^## .*$/gm)
        ?.at(-1)
        ?.slice(3) ?? '';
    return { title, code, printed };
  });
}
