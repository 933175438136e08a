/** What stands for the placeholders of usages: names of what is running, and of what can be set. */
import { readdirSync } from 'node:fs';
import { runCommand, socketPath } from '../../unixctl/client.js';
import type { DaemonPlace } from '../command.js';

type Source = (place: DaemonPlace, before: readonly string[]) => Promise<string[]>;

/** Whose sockets are there: nobody has to be asked. */
const bridges: Source = async ({ rundir }) => {
  try {
    return readdirSync(rundir).flatMap((file) => /^(.+)\.mgmt$/.exec(file)?.slice(1) ?? []);
  } catch {
    return [];
  }
};

interface PortRow {
  bridge: string;
  name: string;
}

/** Those of the bridge that is named before, or else all. */
const ports: Source = async (place, before) => {
  try {
    const answer = await runCommand(socketPath(place.target, place.rundir), 'ctswitch/port-list', [], true);
    const rows = answer.ok ? (answer.result as PortRow[]) : [];
    const chosen = rows.filter(({ bridge }) => before.includes(bridge));
    return (chosen.length > 0 ? chosen : rows).map(({ name }) => name);
  } catch {
    return [];
  }
};

const labs: Source = async () => Object.keys((await import('../../lab/labs.js')).LABS);

const hosts: Source = async () => {
  const { LABS } = await import('../../lab/labs.js');
  return [...new Set(Object.values(LABS).flatMap((lab) => lab.hosts.map(({ name }) => name)))];
};

const settings = (names: readonly string[]): string[] => names.map((name) => `${name}=`);
const bridgeSettings: Source = async () =>
  settings((await import('../../switch/bridge-settings.js')).BRIDGE_SETTING_NAMES);
const portSettings: Source = async () =>
  settings(Object.keys((await import('../../bridge/port-settings.js')).PORT_SETTINGS));
/** Asked for, since to load them here would load the tracker, and cut it in two where the program is put together. */
const trackerSettings = async ({ target, rundir }: DaemonPlace): Promise<string[]> => {
  try {
    const answer = await runCommand(socketPath(target, rundir), 'ctswitch/ct-get', [], true);
    return answer.ok ? (answer.result as { name: string }[]).map(({ name }) => name) : [];
  } catch {
    return [];
  }
};
const timeouts: Source = async () =>
  settings((await import('../../../datapath/conntrack/protocols/timeouts.js')).TIMEOUT_NAMES.map(({ name }) => name));

/** By placeholder; where it means something else to one verb, by command, verb and placeholder. */
export const NAMES: Readonly<Record<string, Source>> = {
  SWITCH: bridges,
  BRIDGE: bridges,
  SOURCE1: bridges,
  SOURCE2: bridges,
  PORT: ports,
  IFACE: ports,
  LAB: labs,
  HOST: hosts,
  'bridge del NAME': bridges,
  'bridge set NAME': bridges,
  'bridge add SETTING=VALUE': bridgeSettings,
  'bridge set SETTING=VALUE': bridgeSettings,
  'port set SETTING=VALUE': portSettings,
  // An interface that is to become a port is none yet.
  'port add PORT': async () => readInterfaces(),
  'ct settings NAME': trackerSettings,
  'ct set NAME=VALUE': async (place) => settings(await trackerSettings(place)),
  'ct timeouts NAME=SECONDS': timeouts,
};

function readInterfaces(): string[] {
  try {
    return readdirSync('/sys/class/net');
  } catch {
    return [];
  }
}
