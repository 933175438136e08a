/** Changing a switch that runs: bridges and ports one by one, or all as a configuration file says. */
import { readFileSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import type { BridgeSummary, ChangeReport, ChangeRequest, SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';

const MANY = Number.POSITIVE_INFINITY;

export function changeCommands(view: SwitchView): Command[] {
  /** Text: an error if a step failed, though the others are done. JSON: the reports. */
  const row = (
    name: string,
    usage: string,
    min: number,
    max: number,
    read: (args: string[]) => ChangeRequest,
  ): Command => ({
    ...command(name, usage, min, max, async (args) => {
      const reports = await make(view, read(args));
      const failed = reports.filter(({ status }) => status === 'failed');
      if (failed.length > 0) throw new UnixctlError(failed.map(reportLine).join(''));
      return '';
    }),
    runJson: (args) => make(view, read(args)),
  });
  return [
    row('ctswitch/bridge-add', 'NAME [SETTING=VALUE...]', 1, MANY, ([bridge, ...settings]) => ({
      do: 'add-bridge',
      bridge,
      settings,
    })),
    row('ctswitch/bridge-del', 'NAME', 1, 1, ([bridge]) => ({ do: 'delete-bridge', bridge })),
    row('ctswitch/bridge-set', 'NAME SETTING=VALUE...', 2, MANY, ([bridge, ...settings]) => ({
      do: 'set-bridge',
      bridge,
      settings,
    })),
    row('ctswitch/port-add', 'BRIDGE PORT...', 2, MANY, ([bridge, ...ports]) => ({ do: 'add-ports', bridge, ports })),
    row('ctswitch/port-del', '[BRIDGE] PORT', 1, 2, (args) => ({
      do: 'delete-port',
      bridge: args.length > 1 ? args[0] : null,
      port: args.at(-1)!,
    })),
    {
      ...command('ctswitch/apply', '[--dry-run] FILE [TEXT]', 1, 3, async (args) =>
        (await apply(view, args)).map(reportLine).join(''),
      ),
      runJson: (args) => apply(view, args),
    },
    {
      ...command('ctswitch/bridge-list', '', 0, 0, () => view.bridgeSummaries().map(bridgeLine).join('')),
      runJson: () => view.bridgeSummaries(),
    },
  ];
}

async function make(view: SwitchView, request: ChangeRequest, isDryRun = false): Promise<ChangeReport[]> {
  try {
    return await view.change(request, isDryRun);
  } catch (error) {
    throw error instanceof SwitchError ? new UnixctlError(error.message) : error;
  }
}

function apply(view: SwitchView, args: readonly string[]): Promise<ChangeReport[]> {
  const isDryRun = args[0] === '--dry-run';
  const [file, text] = isDryRun ? args.slice(1) : args;
  if (file === undefined || !file.startsWith('/'))
    throw new UnixctlError('apply takes the absolute path of a configuration file');
  return make(view, { do: 'apply', file, text: text ?? readText(file) }, isDryRun);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UnixctlError(`${file}: ${(error as Error).message}`);
  }
}

/** `done    add port veth0 to bridge br0` */
export function reportLine({ step, status, error }: ChangeReport): string {
  return `${status.padEnd(7)} ${step}${error === undefined ? '' : `: ${error}`}\n`;
}

function bridgeLine({ name, datapath, datapath_id, fail_mode, ports }: BridgeSummary): string {
  return `${name}: datapath=${datapath} datapath_id=${datapath_id} fail_mode=${fail_mode} ports=${ports.join(',')}\n`;
}
