/** Options of the commands that change a running switch. */
import type { Options } from 'yargs';
import { rundirOption, timeoutOption } from '../../options.js';

export interface ChangeCommandArgs {
  json: boolean;
  target: string;
  rundir?: string | undefined;
  timeout?: string | undefined;
}

export const changeOptions = {
  json: { type: 'boolean', default: false, describe: 'JSON: the steps with their status, or the rows of a list' },
  target: { alias: 't', type: 'string', default: 'ovs-vswitchd', describe: 'daemon, or path of its socket' },
  rundir: rundirOption,
  timeout: timeoutOption,
} as const satisfies Record<keyof ChangeCommandArgs, Options>;

export interface BridgeCommandArgs extends ChangeCommandArgs {
  'may-exist': boolean;
  'if-exists': boolean;
}

export const bridgeOptions = {
  'may-exist': { type: 'boolean', default: false, describe: 'add: what is there already is no mistake' },
  'if-exists': { type: 'boolean', default: false, describe: 'del: what is not there is no mistake' },
  ...changeOptions,
} as const satisfies Record<keyof BridgeCommandArgs, Options>;

export interface PortCommandArgs extends BridgeCommandArgs {
  ofport?: string | undefined;
}

export const portOptions = {
  ofport: { type: 'string', describe: 'add: the number in OpenFlow that the port is to have' },
  ...bridgeOptions,
} as const satisfies Record<keyof PortCommandArgs, Options>;

/** Options of single verbs, as the control commands take them. */
export type VerbOption = 'may-exist' | 'if-exists' | 'ofport';

/** Those that were given. */
export const givenOptions = (args: PortCommandArgs): VerbOption[] =>
  (['may-exist', 'if-exists', 'ofport'] as const).filter((name) => args[name] !== undefined && args[name] !== false);

/** The words of a control command for the options that were given. */
export const optionWords = (args: PortCommandArgs): string[] =>
  givenOptions(args).map((name) => (name === 'ofport' ? `--ofport=${args.ofport}` : `--${name}`));
