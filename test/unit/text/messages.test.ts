/** Messages as text, against what ovs-ofctl prints of the same bytes (test/vectors/messages.txt). */
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../src/openflow/codec.js';
import { formatMessage } from '../../../src/text/message.js';
import { messageRows } from '../openflow/vectors.js';

const OF10 = 1;
const decode = (bytes: Uint8Array) => decodeMessage(bytes, { tableId: bytes[0] === OF10 });

describe('as ovs-ofctl prints them', () => {
  for (const { hex, bytes, text } of messageRows().filter((row) => !row.bad))
    test(`${text.split('\n')[0]} ${hex.slice(0, 24)}`, () => {
      expect(formatMessage(decode(bytes), { verbosity: 2, decode }).trimEnd()).toBe(text.trimEnd());
    });
});
