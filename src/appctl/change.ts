/** Changing a switch that runs: bridges and ports one by one, or all as a configuration file says. */
import { readFileSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import type { BridgeSummary, ChangeReport, ChangeRequest, SwitchView } from '../switch/view.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command, takeOptions } from './args.js';

const MANY = Number.POSITIVE_INFINITY;
const MAY_EXIST = '--may-exist';
const IF_EXISTS = '--if-exists';
const OFPORT = '--ofport';

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
    row('ctswitch/bridge-add', `[${MAY_EXIST}] NAME [SETTING=VALUE...]`, 1, MANY, (args) => {
      const { options, words } = takeOptions(args, [MAY_EXIST]);
      const [bridge, ...settings] = words;
      return { do: 'add-bridge', bridge: named(bridge, 'bridge'), settings, mayExist: options.has(MAY_EXIST) };
    }),
    row('ctswitch/bridge-del', `[${IF_EXISTS}] NAME`, 1, 2, (args) => {
      const { options, words } = takeOptions(args, [IF_EXISTS]);
      return { do: 'delete-bridge', bridge: named(words[0], 'bridge'), ifExists: options.has(IF_EXISTS) };
    }),
    row('ctswitch/bridge-set', 'NAME SETTING=VALUE...', 2, MANY, ([bridge, ...settings]) => ({
      do: 'set-bridge',
      bridge,
      settings,
    })),
    row('ctswitch/port-add', `[${MAY_EXIST}] [${OFPORT}=NUMBER] BRIDGE PORT...`, 2, MANY, (args) => {
      const { options, words } = takeOptions(args, [MAY_EXIST, OFPORT]);
      const [bridge, ...ports] = words;
      const mayExist = options.has(MAY_EXIST);
      return { do: 'add-ports', bridge: named(bridge, 'bridge'), ports, mayExist, ofport: options.get(OFPORT) };
    }),
    row('ctswitch/port-del', `[${IF_EXISTS}] [BRIDGE] PORT`, 1, 3, (args) => {
      const { options, words } = takeOptions(args, [IF_EXISTS]);
      const bridge = words.length > 1 ? words[0]! : null;
      return { do: 'delete-port', bridge, port: named(words.at(-1), 'port'), ifExists: options.has(IF_EXISTS) };
    }),
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

function named(word: string | undefined, what: string): string {
  if (word === undefined) throw new UnixctlError(`the name of a ${what} is missing`);
  return word;
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
