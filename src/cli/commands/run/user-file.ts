/** Files that a user has named. */
import { readFileSync } from 'node:fs';
import { errnoOf, strerror } from '../../../net/errno.js';
import { ConfigError } from '../../../switch/config.js';

/** Throws a ConfigError with the path. */
export function readUserFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path}: ${strerror(errnoOf(error))}`);
  }
}
