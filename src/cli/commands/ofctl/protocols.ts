/** `-O OpenFlow10,OpenFlow13`: versions as a bitmap of wire numbers. */
import { UserError } from '../../user-error.js';

const VERSION_BITS: Record<string, number> = {
  OpenFlow10: 1 << 1,
  OpenFlow11: 1 << 2,
  OpenFlow12: 1 << 3,
  OpenFlow13: 1 << 4,
  OpenFlow14: 1 << 5,
  OpenFlow15: 1 << 6,
};

export function parseProtocols(text: string): number {
  let versions = 0;
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const bit = Object.hasOwn(VERSION_BITS, word) ? VERSION_BITS[word]! : 0;
    if (bit === 0) throw new UserError(`Unknown OpenFlow version: "${word}"`);
    versions |= bit;
  }
  if (versions === 0) throw new UserError('No OpenFlow versions specified');
  return versions;
}
