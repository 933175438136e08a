/**
 * Writes the pages of docs that are made from tables; with --check it only says whether they are up to date.
 * `node dist/scripts/gen-docs.js`, after a build.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { appctlPage, cliPage } from './docs/command-pages.js';
import { ctSettingsPage } from './docs/ct-settings-page.js';
import { fieldsPage, reasonsPage } from './docs/datapath-pages.js';
import { layersPage } from './docs/layers-page.js';
import { manPages } from './docs/man-pages.js';
import { actionsPage, errorsPage, messagesPage } from './docs/openflow-pages.js';
import { render } from './docs/page.js';
import { portsPage } from './docs/ports-page.js';
import { countersPage, limitsPage } from './docs/source-pages.js';
import { ROOT } from './source-files.js';

const PAGES = [
  fieldsPage(),
  actionsPage(),
  messagesPage(),
  errorsPage(),
  reasonsPage(),
  countersPage(),
  limitsPage(),
  await cliPage(),
  ctSettingsPage(),
  portsPage(),
  appctlPage(),
  layersPage(),
];

const files = [
  ...PAGES.map((page) => ({ name: join('docs', page.folder ?? 'reference', page.file), text: render(page) })),
  ...(await manPages()).map(({ file, text }) => ({ name: join('docs/man', file), text })),
];

const isCheck = process.argv.includes('--check');
for (const { name, text } of files) {
  const path = join(ROOT, name);
  if (!isCheck) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (readOrEmpty(path) !== text) {
    console.error(`${name} is out of date: run \`npm run build && node dist/scripts/gen-docs.js\``);
    process.exitCode = 1;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
