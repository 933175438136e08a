/** docs/design/layers.md: who may import whom. */
import { LAYERS } from '../layers.js';
import { code, type Page, table } from './page.js';

/** `datapath/wire` without what every row of a list shares, so that the cells stay short. */
const names = (imports: readonly string[], root: string): string =>
  imports.flatMap((name) => (name.startsWith(`${root}/`) ? [name.slice(root.length + 1)] : [])).join(' ');

export function layersPage(): Page {
  return {
    folder: 'design',
    file: 'layers.md',
    title: 'Who may import whom',
    intro:
      '`scripts/layers.ts` holds this table as data; `npm run check` fails on any other import. A file may always import its own folder, ' +
      'and a folder named here stands for the rooms in it, too. Lowest first.',
    body: table(
      ['folder', 'may import of datapath', 'may import of src', 'what it is'],
      LAYERS.map(({ folder, imports, what }) => [
        code(folder),
        names(imports, 'datapath') || '-',
        names(imports, 'src') || '-',
        what,
      ]),
    ),
  };
}
