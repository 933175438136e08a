/** Rows of test/vectors/messages.txt: bytes, what ovs-ofctl prints of them, or the error they are. */
import { readFileSync } from 'node:fs';

export interface MessageRow {
  hex: string;
  bytes: Uint8Array;
  /** As printed, lines joined; empty for bad rows. */
  text: string;
  bad: string | null;
}

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function messageRows(): MessageRow[] {
  const rows: MessageRow[] = [];
  let text: string[] = [];
  for (const line of readFileSync(new URL('../../vectors/messages.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('##') || line === '') continue;
    if (line.startsWith('# ')) {
      text.push(line.slice(2));
      continue;
    }
    const bad = /^bad (\w+)$/.exec(text[0] ?? '')?.[1] ?? null;
    rows.push({ hex: line, bytes: bytesOf(line), text: bad ? '' : text.join('\n'), bad });
    text = [];
  }
  return rows;
}
