/** The in-process benches, by name. */
import { run as ctCollisions } from './ct-collisions.js';
import { run as ctLookup } from './ct-lookup.js';
import { run as ctNew } from './ct-new.js';
import { run as extract } from './extract.js';
import { run as inputPath } from './input-path.js';
import type { BenchResult } from './measure.js';
import { run as underAttack } from './under-attack.js';

export const BENCHES: readonly { name: string; run: () => BenchResult[] }[] = [
  { name: 'extraction', run: extract },
  { name: 'input path', run: inputPath },
  { name: 'under attack', run: underAttack },
  { name: 'tracker: known connections', run: ctLookup },
  { name: 'tracker: new connections', run: ctNew },
  { name: 'tracker: chosen connections', run: ctCollisions },
];
