/** The connection table for `ctswitch ct`: JSON in, JSON out. What is asked, src/inspect answers. */
import type { Backer } from '../bridge/backer.js';
import { countPage, flushPage, listPage } from '../inspect/conn-pages.js';
import { connStats } from '../inspect/conn-stats.js';
import type { ConnClock, Steps } from '../inspect/conn-walk.js';
import { explain } from '../inspect/explain.js';
import type { InspectRequest } from '../inspect/request.js';
import { topPage } from '../inspect/top.js';
import type { SwitchView } from '../switch/view.js';
import type { Command, Pieces } from '../unixctl/registry.js';
import { command } from './args.js';
import { connClock, parseRequest } from './ct-request.js';

type Answer = (backer: Backer, request: InspectRequest, clock: ConnClock) => Steps<unknown>;

export function ctTableCommands(view: SwitchView): Command[] {
  const row = (name: string, answer: Answer): Command =>
    command(`ctswitch/${name}`, '[request]', 0, 1, function* (args): Pieces {
      const { request, backer } = parseRequest(view, args[0] ?? '{}');
      yield `${JSON.stringify(yield* answer(backer, request, connClock(view)))}\n`;
    });
  return [
    row('ct-list', ({ dpif }, request, clock) => listPage(dpif.conntrack, request, clock)),
    row('ct-count', ({ dpif }, request, clock) => countPage(dpif.conntrack, request, clock)),
    row('ct-flush', ({ dpif }, request, clock) => flushPage(dpif.conntrack, request, clock)),
    row('ct-stats', ({ dpif }, _, clock) => connStats(dpif.conntrack, clock)),
    row('ct-top', ({ dpif }, request, clock) => topPage(dpif.conntrack, request, clock)),
    command('ctswitch/ct-explain', '[request]', 0, 1, ([text]) => {
      const { request, backer } = parseRequest(view, text ?? '{}');
      const rows = explain(backer, request, { now: view.now(), wall: view.wall() });
      return `${JSON.stringify({ total: backer.dpif.conntrack.figures().invalidCount, rows })}\n`;
    }),
  ];
}
