/** What a description says of its port, read and checked: without the code that opens it, so that a configuration is refused early. */
import { SwitchError } from '../base/error.js';
import {
  PORT_OPTIONS,
  PORT_TYPES,
  type PortDescription,
  type PortOption,
  type PortOptions,
  type PortTypeRow,
} from './port-types.js';

/** The values of the options; throws a SwitchError for one that is missing, unknown to the type, or means nothing. */
export function readPortOptions({ name, type, options }: PortDescription): PortOptions {
  const row: PortTypeRow = PORT_TYPES[type];
  const refuse = (what: string): never => {
    throw new SwitchError(`port ${name}: ${what}`, { code: 'port-option', name });
  };
  const values: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(options)) {
    const known = row.options.find((option) => option === key);
    if (known === undefined) {
      const others = row.options.length === 0 ? 'there are none' : `known are ${row.options.join(', ')}`;
      return refuse(`"${key}" is not an option of ports of type ${type}; ${others}`);
    }
    const { parse, takes }: PortOption = PORT_OPTIONS[known];
    values[key] = parse(text) ?? refuse(`${key}: "${text}" is not ${takes}`);
  }
  const missing = row.needs.find((option) => !(option in values));
  if (missing !== undefined) refuse(`a port of type ${type} needs the option ${missing}`);
  return values;
}
