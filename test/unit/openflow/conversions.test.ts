/** Flows that come in one version and are dumped in another: the same bytes as from Open vSwitch. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from '../../../src/openflow/codec.js';
import type { Message, MessageOf } from '../../../src/openflow/message-types.js';
import { bytesOf, hexOf } from './vectors.js';

const OPTIONS = { tableId: true };

interface Row {
  name: string;
  flowMod: string;
  replies: string[];
}

function readRows(): Row[] {
  const rows: Row[] = [];
  for (const line of readFileSync(new URL('../../vectors/conversions.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('##') || line === '') continue;
    const row = rows.at(-1);
    if (line.startsWith('# ')) rows.push({ name: line.slice(2), flowMod: '', replies: [] });
    else if (line.startsWith('  ')) row!.replies.push(line.trim());
    else row!.flowMod = line;
  }
  return rows;
}

function decodeAs<N extends Message['name']>(hex: string, name: N): MessageOf<N> {
  const message = decodeMessage(bytesOf(hex), OPTIONS);
  expect(message.name).toBe(name);
  return message as MessageOf<N>;
}

for (const { name, flowMod, replies } of readRows()) {
  describe(name.slice(0, 140), () => {
    const { match, instructions } = decodeAs(flowMod, 'flow_mod').body;
    for (const hex of replies) {
      const reply = decodeAs(hex, 'flow_stats_reply');
      test(`dumped in 1.${reply.version - 1}`, () => {
        const flows = reply.body.flows.map((flow) => ({ ...flow, match, instructions }));
        expect(hexOf(encodeMessage({ ...reply, body: { ...reply.body, flows } }))).toBe(hex);
      });
    }
  });
}
