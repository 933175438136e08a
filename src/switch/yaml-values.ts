/** Values of a YAML document, checked: what is none of the kind is refused with the place where it stands. */
import { ConfigError } from './config.js';

export function asObject(value: unknown, where: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(`${where}: expected a mapping`);
  const unknown = keys === undefined ? undefined : Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new ConfigError(`${where}: unknown key "${unknown}"; known are ${keys?.join(', ')}`);
  return value as Record<string, unknown>;
}

export function asText(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new ConfigError(`${where}: expected text`);
  return value;
}

export function asTexts(value: unknown, where: string): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new ConfigError(`${where}: expected a list`);
  return value.map((item) => asText(item, where));
}
