/** What `ctswitch apply` does: the daemon reads the text, so that file and daemon need not see the same folders. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf, strerror } from '../../../net/errno.js';
import { startTimeout } from '../../options.js';
import { UserError } from '../../user-error.js';
import { change } from '../change/reports.js';
import type { ApplyArgs } from './index.js';

/** The switch runs, but not all is as the file says. */
const INCOMPLETE = 2;

export async function run(args: ApplyArgs): Promise<number> {
  const { config } = args;
  if (config === undefined) throw new UserError('name a configuration file; see ctswitch apply --help');
  startTimeout(args.timeout);
  const words = [...(args['dry-run'] ? ['--dry-run'] : []), resolve(config), textOf(config)];
  return change(args, 'ctswitch/apply', words, INCOMPLETE);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}: ${strerror(errnoOf(error))}`);
  }
}
