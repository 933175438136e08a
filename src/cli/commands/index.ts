/** All commands, in the order in which --help lists them. */
import type { AnyCommand } from '../command.js';
import { appctl } from './appctl/index.js';
import { apply } from './apply/index.js';
import { bridge } from './bridge/index.js';
import { completion } from './completion/index.js';
import { ct } from './ct/index.js';
import { lab } from './lab/index.js';
import { ofctl } from './ofctl/index.js';
import { port } from './port/index.js';
import { run } from './run/index.js';
import { tutorial } from './tutorial/index.js';
import { vswitchd } from './vswitchd/index.js';

export const COMMANDS: readonly AnyCommand[] = [
  run,
  vswitchd,
  bridge,
  port,
  apply,
  ofctl,
  appctl,
  ct,
  lab,
  tutorial,
  completion,
];
