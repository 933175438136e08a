/** Every command has a manual page, the package installs it, and roff has nothing to say against it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { tool } from '../helpers/tool.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const pages = readdirSync(`${ROOT}docs/man`).map((file) => `docs/man/${file}`);

test('one for each command, and all in the package', () => {
  const { man, files } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { man: string[]; files: string[] };
  expect([...man].sort()).toEqual(pages.map((page) => `./${page}`).sort());
  expect(files).toContain('docs/man');
  const names = COMMANDS.map(({ command }) => `ctswitch-${command.split(' ')[0]}`);
  expect(pages.map((page) => /([^/]+)\.\d$/.exec(page)![1]).sort()).toEqual(['ctswitch', ...names].sort());
});

test.each(pages)('%s', (page) => {
  expect(tool('groff', ['-man', '-ww', '-z', '-Tutf8', `${ROOT}${page}`])).toEqual({ status: 0, out: '', err: '' });
  const text = tool('groff', ['-man', '-Tascii', '-P-cbou', `${ROOT}${page}`]).out;
  expect(text).toContain('NAME\n       ctswitch');
  expect(text).toContain('SEE ALSO');
});
