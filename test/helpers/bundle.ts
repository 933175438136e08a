/**
 * Before tests that start the program: puts it together from the sources as they are now, which takes no time when they have not changed.
 */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Run once by vitest, before the first test. */
export function setup(): void {
  execFileSync('bash', [join(ROOT, 'scripts', 'bundle')], { stdio: 'inherit' });
}
