/** Properties: type 16 | length 16 | value, each padded to 8 bytes. The length counts the header, not the padding. */
import { type ErrorName, OpenFlowError } from './errors.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const HEADER_SIZE = 4;

/**
 * Reads the properties to the end of `r`, each by the handler of its type. Unknown types are refused with `unknown`, or
 * passed over if that is null. What a handler leaves unread of fixed-size values is padding some senders count in.
 */
export function readProperties(
  r: Reader,
  unknown: ErrorName | null,
  handlers: Readonly<Record<number, (p: Reader) => unknown>>,
): void {
  while (r.remaining > 0) {
    if (r.remaining < HEADER_SIZE) throw new OpenFlowError('OFPBPC_BAD_LEN');
    const type = r.u16();
    const size = r.u16();
    const padded = (size + 7) & ~7;
    if (size < HEADER_SIZE || padded - HEADER_SIZE > r.remaining) throw new OpenFlowError('OFPBPC_BAD_LEN');
    const value = r.sub(size - HEADER_SIZE, 'OFPBPC_BAD_LEN');
    r.skip(padded - size);
    const handler = handlers[type];
    if (handler) handler(value);
    else if (unknown) throw new OpenFlowError(unknown, `property ${type}`);
  }
}

/** Writes what `writeValue` writes as a property. */
export function writeProperty(w: Writer, type: number, writeValue: () => void): void {
  const from = w.size;
  w.u16(type);
  w.u16(0);
  writeValue();
  w.patchSize(from + 2, from);
  w.pad8(from);
}
