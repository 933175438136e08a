/** Bytes in rows of sixteen, as OVS prints them. */

const ROW = 16;

const hex2 = (byte: number): string => byte.toString(16).padStart(2, '0');

/** `offset  xx xx ...-xx ...`, with the characters behind when `showAscii`. */
export function hexDump(bytes: Uint8Array, showAscii = false): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) text += dumpRow(bytes.subarray(at, at + ROW), at, showAscii);
  return text;
}

function dumpRow(row: Uint8Array, at: number, showAscii: boolean): string {
  const cells = Array.from({ length: ROW }, (_, i) => {
    if (i >= row.length) return '   ';
    return hex2(row[i]!) + (i === ROW / 2 - 1 ? '-' : ' ');
  }).join('');
  const offset = at.toString(16).padStart(8, '0');
  if (!showAscii) return `${offset}  ${cells.trimEnd()}\n`;
  const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${offset}  ${cells}|${ascii.padEnd(ROW)}|\n`;
}
