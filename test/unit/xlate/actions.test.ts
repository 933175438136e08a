/** Each action alone: program and mask. */
import { describe, expect, test } from 'vitest';
import { ROWS, TCP, v4 } from './action-rows.js';
import { maskOf, PlainBridge, programOf, Translator } from './plain-bridge.js';

describe.each(Object.entries(ROWS))('%s', (_, rows) => {
  test.each(rows)('$flows', ({ flows, packet = TCP, program, mask = v4(), notes = [] }) => {
    const translator = new Translator();
    const translation = translator.run(new PlainBridge('br0', 3).add(flows), packet);
    expect({ program: programOf(translation), mask: maskOf(packet, translation), error: translation.error }).toEqual({
      program,
      mask,
      error: null,
    });
    expect(translator.notes).toEqual(notes);
  });
});
