/** Messages as real switches and clients send them: bytes to object and back to the same bytes; bad ones to their error. */
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, messageTitle, peekName } from '../../../src/openflow/codec.js';
import { OpenFlowError } from '../../../src/openflow/errors.js';
import { hexOf, type MessageRow, messageRows } from './vectors.js';

const OPTIONS = { tableId: true };
const ROWS = messageRows();

const nameOf = (row: MessageRow, i: number): string =>
  `${i} ${row.bad ? `bad ${row.bad} ${row.hex.slice(0, 24)}` : row.text.split('\n')[0]!.slice(0, 90)}`;

function errorOf(bytes: Uint8Array): string {
  try {
    return decodeMessage(bytes, OPTIONS).name;
  } catch (error) {
    if (error instanceof OpenFlowError) return error.name;
    throw error;
  }
}

describe('good messages', () => {
  for (const [i, row] of ROWS.filter(({ bad }) => bad === null).entries()) {
    test(nameOf(row, i), () => {
      const message = decodeMessage(row.bytes, OPTIONS);
      expect(hexOf(encodeMessage(message, OPTIONS))).toBe(row.hex);
      expect(row.text.startsWith(messageTitle(message))).toBe(true);
      expect(peekName(row.bytes)).toBe(message.name);
    });
  }
});

describe('bad messages', () => {
  for (const [i, row] of ROWS.filter(({ bad }) => bad !== null).entries()) {
    test(nameOf(row, i), () => expect(errorOf(row.bytes)).toBe(row.bad));
  }
});

describe('every message cut short', () => {
  for (const [i, row] of ROWS.filter(({ bad, bytes }) => bad === null && bytes.length > 8).entries()) {
    test(nameOf(row, i), () => {
      for (let size = 0; size < row.bytes.length; size++) {
        const cut = row.bytes.slice(0, size);
        if (size >= 4) new DataView(cut.buffer).setUint16(2, size);
        errorOf(cut);
      }
    });
  }
});
