/** All commands, in the order in which --help lists them. */
import type { AnyCommand } from '../command.js';
import { appctl } from './appctl.js';
import { ofctl } from './ofctl/index.js';

export const COMMANDS: readonly AnyCommand[] = [ofctl, appctl];
