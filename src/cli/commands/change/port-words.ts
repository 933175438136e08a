/** Ports in a user's words. */
import { resolve } from 'node:path';
import { isPortType, PORT_TYPES } from '../../../../datapath/ports/port-types.js';

/** `pcap:FILE` with the file as it is seen from here; other ports as they are. */
export function portWithFolder(word: string): string {
  const [, type = '', rest = ''] = /^([^:]*):(.+)$/s.exec(word) ?? [];
  return isPortType(type) && PORT_TYPES[type].takes === 'FILE' ? `${type}:${resolve(rest)}` : word;
}
