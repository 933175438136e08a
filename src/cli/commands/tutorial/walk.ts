/** Plays the conversation, and tells of each segment what the switch did with it. */

import { readFileSync } from 'node:fs';
import { systemClock } from '../../../../datapath/base/clock.js';
import type { Bridge } from '../../../bridge/bridge.js';
import { type PacketPath, PathRecorder } from '../../../inspect/path-recorder.js';
import type { Rule } from '../../../ofproto/rule.js';
import { portNames } from '../../../switch/port-names.js';
import { formatConnection } from '../../../text/conntrack.js';
import { flowLines, parseFlow } from '../../../text/flow.js';
import { CONVERSATION, type Turn } from './conversation.js';
import type { Stage } from './stage.js';

/** A segment crosses a veth in microseconds; if it has not come after this, it will not. */
const ARRIVAL_TIMEOUT_MS = 2000;

type Say = (text: string) => Promise<void>;

/** True if everything went as the tutorial says. */
export async function walk(stage: Stage, flowFile: string, say: Say): Promise<boolean> {
  const numbers = numberRules(stage.bridge, flowFile);
  const recorder = new PathRecorder(stage.bridge.backer.events);
  let asExpected = true;
  try {
    for (const [i, turn] of CONVERSATION.entries()) {
      recorder.take();
      await stage.play(turn);
      const path = await arrival(recorder, numbers);
      asExpected = (await tell(stage, turn, i + 1, path, numbers, say)) && asExpected;
    }
  } finally {
    recorder.stop();
  }
  return asExpected;
}

/** The file's flows, numbered from 1 in its order. */
function numberRules(bridge: Bridge, flowFile: string): Map<Rule, number> {
  const ports = portNames(bridge);
  const numbers = new Map<Rule, number>();
  for (const { line } of flowLines(readFileSync(flowFile, 'utf8'))) {
    const { table, match, priority } = parseFlow(line, { names: { ports } });
    const rule = bridge.ofproto.tables[table].find(match, priority);
    if (rule !== null) numbers.set(rule, numbers.size + 1);
  }
  return numbers;
}

/** The path of the first packet that one of the numbered flows has seen; null if none comes. */
async function arrival(recorder: PathRecorder, numbers: ReadonlyMap<Rule, number>): Promise<PacketPath | null> {
  const deadline = systemClock.now() + ARRIVAL_TIMEOUT_MS;
  while (systemClock.now() < deadline) {
    const found = recorder.take().find((path) => path.rules.some((rule) => numbers.has(rule)));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return null;
}

async function tell(
  stage: Stage,
  turn: Turn,
  number: number,
  path: PacketPath | null,
  numbers: ReadonlyMap<Rule, number>,
  say: Say,
): Promise<boolean> {
  const hits = path?.rules.map((rule) => numbers.get(rule) ?? 0) ?? [];
  const arrow = turn.from === 'left' ? 'left  --> right' : 'left <--  right';
  await say(`${number}. ${arrow}  ${turn.name.padEnd(16)} ${turn.segment.padEnd(16)} ${hitText(hits)}\n`);
  const { conntrack } = stage.bridge.backer.dpif;
  const connections = conntrack.dump(null, {}, { entries: true }, Math.floor(systemClock.now()) | 0).entries;
  const lines = connections.map((entry) => formatConnection(entry));
  for (const line of lines) await say(`   ${line}\n`);
  const isExpected =
    hits.join() === turn.hits.join() && lines.length === 1 && lines[0].includes(`(state=${turn.state})`);
  if (!isExpected) await say(`   That is not what the tutorial says: ${hitText(turn.hits)}, state ${turn.state}.\n`);
  return isExpected;
}

const hitText = (hits: readonly number[]): string =>
  hits.length === 0 ? 'did not arrive' : `hit flows ${hits.join(', ')}`;
