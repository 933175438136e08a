/** The rows of actions: what the types cannot hold of them. */
import { describe, expect, test } from 'vitest';
import { decodeActions, encodeActions } from '../../../src/openflow/action-codec.js';
import type { Action } from '../../../src/openflow/action-types.js';
import type { Encoding } from '../../../src/openflow/actions/row.js';
import { ACTION_ROWS, ACTION_TYPES, encodingOf } from '../../../src/openflow/actions/table.js';
import { VERSIONS } from '../../../src/openflow/version.js';
import { parseActions } from '../../../src/text/action-parse.js';

const EXPERIMENTER = 0xffff;

/** The encoding that the first action in `bytes` names. */
function encodingIn(bytes: Uint8Array, version: number): Encoding<Action> | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint16(0);
  return type === EXPERIMENTER
    ? encodingOf(version, view.getUint32(4), view.getUint16(8))
    : encodingOf(version, 0, type);
}

test('no version has a number twice', () => {
  for (const type of ACTION_TYPES)
    for (const encoding of ACTION_ROWS[type].encodings)
      for (const version of VERSIONS.filter((v) => encoding.from <= v && v <= encoding.to))
        expect(encodingOf(version, encoding.vendor, encoding.code), `${type} in ${version}`).toBe(encoding);
});

test('what says nothing of how it is sent has an encoding in every version', () => {
  for (const type of ACTION_TYPES) {
    const { encode, encodings } = ACTION_ROWS[type];
    if (encode !== undefined) continue;
    for (const version of VERSIONS)
      expect(
        encodings.some(({ from, to }) => from <= version && version <= to),
        `${type} in ${version}`,
      ).toBe(true);
  }
});

test('places in the action set have a rank each', () => {
  const ranks = ACTION_TYPES.flatMap((type) => {
    const { place } = ACTION_ROWS[type];
    return place === null || place.kind === 'rewrite' ? [] : [`${place.kind} ${place.rank}`];
  });
  expect(new Set(ranks).size).toBe(ranks.length);
});

describe('the example in the reference', () => {
  const rows = ACTION_TYPES.flatMap((type) => ACTION_ROWS[type].docs.map(({ example }) => ({ type, example })));
  test.each(rows.filter(({ example }) => example !== null))(
    '$example is of $type, and as long as its encoding says',
    (row) => {
      const actions = parseActions(row.example!);
      expect(actions.map(({ type }) => type)).toEqual([row.type]);
      for (const version of VERSIONS) {
        const bytes = encodeActions(actions, version);
        if (bytes.length === 0) continue; // push_vlan in 1.0
        const encoding = encodingIn(bytes, version)!;
        const size = new DataView(bytes.buffer, bytes.byteOffset).getUint16(2);
        if (encoding.isOpen) expect(size).toBeGreaterThanOrEqual(encoding.size);
        else expect(size).toBe(encoding.size);
        expect(decodeActions(bytes, version).length).toBeGreaterThan(0);
      }
    },
  );
});
