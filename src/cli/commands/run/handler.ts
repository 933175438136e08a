/** `ctswitch run`: reads what is wanted, goes to the background if told to, and becomes the daemon. Whatever fails is one sentence. */
import type { DatapathType } from '../../../../datapath/ports/port-types.js';
import type { SwitchConfig } from '../../../switch/config.js';
import { configFromWords } from '../../../switch/config-words.js';
import { withSettings } from '../../../switch/conntrack-config.js';
import type { DaemonOptions } from '../../daemon/options.js';
import { startDaemon, toUserError } from '../../daemon/start.js';
import { UserError } from '../../user-error.js';
import { readUserFile } from './user-file.js';

/** What the switch is to be, in words. */
export interface RunArgs {
  config?: string | undefined;
  bridge: string[];
  groups: string[];
  flows: string[];
  listen: string[];
  controller: string[];
  failMode: string[];
  datapath: DatapathType;
  ct: string[];
}

export async function runDaemon(args: RunArgs, options: DaemonOptions): Promise<void> {
  // Mistakes in the words are said at once, in the process the user sees.
  const config = await readConfigOrRefuse(args);
  const makeWork = async () => (await import('./work.js')).configuredWork(config, options.rundir);
  await startDaemon(options, makeWork, hintFor(config));
}

/** A daemon that has nothing to do is no mistake, but rarely what was meant: a line that says so, or nothing. */
function hintFor({ bridges }: SwitchConfig): string {
  if (bridges.length === 0)
    return 'ctswitch run: there is no bridge, so nothing to do: --bridge NAME=PORT,PORT or a configuration file gives one\n';
  const idle = bridges.filter(({ ports }) => ports.length === 0).map(({ name }) => name);
  if (idle.length === 0) return '';
  const [whose, gives] = idle.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return `ctswitch run: ${idle.join(', ')} ${whose} no ports, so nothing to forward: --bridge ${idle[0]}=PORT,PORT gives ${gives} some\n`;
}

async function readConfigOrRefuse(args: RunArgs): Promise<SwitchConfig> {
  try {
    return await readConfig(args);
  } catch (error) {
    throw toUserError(error);
  }
}

async function readConfig(args: RunArgs): Promise<SwitchConfig> {
  if (args.config === undefined) return configFromWords(args);
  if (args.bridge.length > 0) throw new UserError('either a configuration file or --bridge, not both');
  const { configFromYaml } = await import('../../../switch/config-yaml.js');
  const config = configFromYaml(readUserFile(args.config), args.config);
  return { ...config, conntrack: withSettings(config.conntrack, args.ct) };
}
