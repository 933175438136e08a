/** Values of a YAML document, checked: what is none of the kind is refused with the place where it stands. */
import type { Place } from './place.js';

export function asObject(value: unknown, place: Place, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return place.fail('expected a mapping');
  const unknown = keys === undefined ? undefined : Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined && keys !== undefined) place.failKey(unknown, keys);
  return value as Record<string, unknown>;
}

export function asText(value: unknown, place: Place): string {
  return typeof value === 'string' ? value : place.fail('expected text');
}

export function asTexts(value: unknown, place: Place): string[] {
  return asList(value, place).map((item, i) => asText(item, place.at(i, null)));
}

export function asList(value: unknown, place: Place): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : place.fail('expected a list');
}

export function oneOf<T extends string>(value: unknown, known: readonly T[], place: Place): T {
  const text = asText(value, place);
  return known.find((word) => word === text) ?? place.failWord(text, known);
}
