/** Ports in a user's words. */
import { resolve } from 'node:path';

/** `pcap:FILE` with the file as it is seen from here; other ports as they are. */
export function portWithFolder(word: string): string {
  const file = /^pcap:(.+)$/s.exec(word)?.[1];
  return file === undefined ? word : `pcap:${resolve(file)}`;
}
