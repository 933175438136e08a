/** Ports in the words of a command line and of a configuration file. */
import { resolve } from 'node:path';
import { isSwitchError } from '../../datapath/base/error.js';
import { readPortOptions } from '../../datapath/ports/port-options.js';
import {
  isPortType,
  PORT_OPTIONS,
  PORT_TYPE_NAMES,
  PORT_TYPES,
  type PortDescription,
  type PortOption,
  type PortOptionName,
  type PortType,
  type PortTypeRow,
} from '../../datapath/ports/port-types.js';
import { ConfigError, LAST_PORT_NUMBER, type PortConfig } from './config.js';
import type { Place } from './place.js';
import { asObject, asText, oneOf } from './yaml-values.js';

/** Longest name of an interface, hence of any port that is named by us. */
const MAX_NAME = 15;

/** `veth0`, `tap:tap0`, `dummy:p1`, `pcap:capture.pcap`, `internal:host0`: a bare name is a network interface. */
export function parsePort(text: string): PortDescription {
  const colon = text.indexOf(':');
  if (colon < 0) {
    if (text === '') throw new ConfigError('a port needs a name');
    return { name: text, type: 'system', options: {} };
  }
  const type = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (!isPortType(type))
    throw new ConfigError(`"${text}": "${type}" is not a kind of port; known are ${PORT_TYPE_NAMES.join(', ')}`);
  if (rest === '') throw new ConfigError(`"${text}": the port needs a name after the colon`);
  return PORT_TYPES[type].takes === 'FILE'
    ? { name: nameOfFile(rest, type), type, options: { file: rest } }
    : { name: rest, type, options: {} };
}

/** The file's name without folders and ending. */
function nameOfFile(file: string, type: PortType): string {
  const base = file.slice(file.lastIndexOf('/') + 1).replace(/\.pcap(ng)?$/, '');
  return base.slice(0, MAX_NAME) || type;
}

/** A port as a configuration has it: a word, or a mapping of name, type, options and number. Relative paths start from `folder`. */
export function readPort(value: unknown, place: Place, folder: string): PortConfig {
  const port = typeof value === 'object' && value !== null ? readMapping(value, place) : readWord(value, place);
  const options = Object.entries(port.options) as [PortOptionName, string][];
  const resolved = options.map(([name, text]) => [name, withFolder(name, text, folder)]);
  return { ...port, options: Object.fromEntries(resolved) };
}

function readWord(value: unknown, place: Place): PortDescription {
  const text = asText(value, place);
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0));
  if (colon >= 0 && !isPortType(type)) place.failWord(type, PORT_TYPE_NAMES);
  return place.run(() => parsePort(text), isSwitchError);
}

function readMapping(value: object, place: Place): PortConfig {
  const row = asObject(value, place, ['name', 'type', 'options', 'ofport']);
  const name = asText(row.name, place.at('name'));
  if (name === '') place.at('name').fail('a port needs a name');
  const type = row.type === undefined ? 'system' : oneOf(row.type, PORT_TYPE_NAMES, place.at('type'));
  const { options: known }: PortTypeRow = PORT_TYPES[type];
  const given = asObject(row.options ?? {}, place.at('options'), known);
  const options = Object.fromEntries(Object.entries(given).map(([key, item]) => [key, asOption(item)]));
  const port = { name, type, options };
  place.run(() => readPortOptions(port), isSwitchError);
  return row.ofport === undefined ? port : { ...port, ofport: readNumber(row.ofport, place.at('ofport')) };
}

const readNumber = (value: unknown, place: Place): number =>
  portNumber(asOption(value)) ?? place.fail(PORT_NUMBER_TAKES);

/** For messages about a port's number. */
export const PORT_NUMBER_TAKES = `expected a number from 1 to ${LAST_PORT_NUMBER}`;

/** Null for a text that is no number which a port can have. */
export function portNumber(text: string): number | null {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number < 1 || number > LAST_PORT_NUMBER ? null : number;
}

/** YAML has numbers and truth values of its own; what they mean is the option's matter. */
const asOption = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

function withFolder(name: PortOptionName, text: string, folder: string): string {
  const { isPath }: PortOption = PORT_OPTIONS[name];
  return isPath === true ? resolve(folder, text) : text;
}
