/** The work of a daemon that is configured by words and files: the configuration that it was started with, applied once. */
import { join } from 'node:path';
import type { SwitchConfig } from '../../../switch/config.js';
import type { Work } from '../../daemon/daemon.js';
import { readUserFile } from './user-file.js';

export const configuredWork = (config: SwitchConfig, rundir: string): Work => ({
  begin: async (running, control) => {
    checkFiles(config);
    await running.apply(config);
    return { line: readyLine(config, rundir, control), status: `bridges at work: ${config.bridges.length}` };
  },
  end: () => {},
});

function readyLine({ bridges }: SwitchConfig, rundir: string, control: string): string {
  const names = bridges.map(({ name, ports }) => `${name} (${ports.length} port${ports.length === 1 ? '' : 's'})`);
  const sockets = bridges.map(({ name }) => join(rundir, `${name}.mgmt`));
  const openflow = sockets.length === 0 ? '' : `, openflow ${sockets.join(', ')}`;
  return `ready: ${names.join(', ') || 'no bridges'}, unixctl ${control}${openflow}`;
}

/** A file that cannot be read is refused before an interface is touched. */
function checkFiles(config: SwitchConfig): void {
  for (const { groupFiles, flowFiles } of config.bridges)
    for (const file of [...groupFiles, ...flowFiles]) readUserFile(file);
}
