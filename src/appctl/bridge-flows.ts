/** bridge/dump-flows: all flows of a bridge, those that no controller sees too. */
import type { Rule } from '../ofproto/rule.js';
import type { SwitchView } from '../switch/view.js';
import { formatInstructions } from '../text/action-print.js';
import { formatMatch } from '../text/match-print.js';
import { type Command, type Pieces, UnixctlError } from '../unixctl/registry.js';
import { command, inPieces } from './args.js';

export function bridgeFlowCommands(view: SwitchView): Command[] {
  return [command('bridge/dump-flows', 'bridge', 1, 1, ([name]) => dumpFlows(view, name))];
}

function* dumpFlows(view: SwitchView, name: string): Pieces {
  const bridge = view.bridge(name);
  if (bridge === null) throw new UnixctlError('Unknown bridge');
  for (const _ of bridge.pushStatsInSteps()) yield '';
  const rules = bridge.ofproto.tables.flatMap((table) => [...table]);
  const now = view.now();
  yield* inPieces(rules, (rule) => (rule.removed ? null : line(rule, now)));
}

function line(rule: Rule, now: number): string {
  const table = rule.table === 0 ? '' : `table_id=${rule.table}, `;
  const duration = Math.floor((now - rule.createdMs) / 1000);
  const match = formatMatch(rule.match, { priority: rule.priority });
  const what = `${match}${match === '' ? '' : ','}actions=${formatInstructions(rule.instructions)}`;
  return `${table}duration=${duration}s, n_packets=${rule.packets}, n_bytes=${rule.bytes}, ${what}\n`;
}
