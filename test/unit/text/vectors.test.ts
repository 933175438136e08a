/**
 * Text against the real ovs-ofctl: text -> object -> bytes -> object -> text gives what it gives (test/vectors, scripts/vectors-from-
 * ovs.ts).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../../src/openflow/codec.js';
import type { OfVersion } from '../../../src/openflow/message-types.js';
import { forVersion, parseFlow } from '../../../src/text/flow.js';
import { formatMessage } from '../../../src/text/message.js';

interface Row {
  version: OfVersion;
  flow: string;
  expected: string;
}

function readRows(name: string): Row[] {
  const lines = readFileSync(`test/vectors/${name}.txt`, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const row = /^# 1\.(\d) (.*)$/.exec(line);
    return row === null ? [] : [{ version: (Number(row[1]) + 1) as OfVersion, flow: row[2]!, expected: lines[i + 1]! }];
  });
}

/** What would travel and come back. */
function throughTheWire(flow: string, version: OfVersion): string {
  const body = forVersion(parseFlow(flow), version);
  const options = { tableId: version === 1 && body.table !== 255 };
  const bytes = encodeMessage({ name: 'flow_mod', version, xid: 1, body }, options);
  return formatMessage(decodeMessage(bytes, options)).trimEnd();
}

for (const name of ['matches', 'actions', 'flows']) {
  describe(name, () => {
    for (const { version, flow, expected } of readRows(name)) {
      test(`1.${version - 1} ${flow}`, () => {
        if (expected.startsWith('! ')) expect(errorOf(() => parseFlow(flow))).toBe(expected.slice(2));
        else expect(withoutTitle(throughTheWire(flow, version))).toBe(withoutTitle(expected));
      });
    }
  });
}

function errorOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

/** Which of the equivalent messages carries it (OFPT_ or NXT_FLOW_MOD) is the codec's choice. */
const withoutTitle = (text: string): string => text.replace(/^(OFPT|NXT)_/, '');
