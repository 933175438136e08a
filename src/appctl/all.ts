/** Every command of the running switch. */

import type { SwitchView } from '../switch/view.js';
import type { Command } from '../unixctl/registry.js';
import { bridgeFlowCommands } from './bridge-flows.js';
import { changeCommands } from './change.js';
import { conntrackCommands } from './conntrack.js';
import { ctFragmentCommands } from './ct-fragments.js';
import { ctLimitCommands } from './ct-limits.js';
import { ctSettingCommands } from './ct-settings.js';
import { ctTableCommands } from './ct-table.js';
import { ctTimeoutCommands } from './ct-timeouts.js';
import { ctWatchCommands } from './ct-watch.js';
import { daemonCommands } from './daemon.js';
import { dpctlShowCommands } from './dpctl-show.js';
import { dpifCommands } from './dpif.js';
import { fdbCommands } from './fdb.js';
import { netdevDummyCommands } from './netdev-dummy.js';
import { portCommands } from './port-settings.js';
import { timeCommands } from './time.js';

export function allCommands(view: SwitchView): Command[] {
  return [
    ...daemonCommands(view),
    ...dpifCommands(view),
    ...dpctlShowCommands(view),
    ...bridgeFlowCommands(view),
    ...fdbCommands(view),
    ...changeCommands(view),
    ...portCommands(view),
    ...conntrackCommands(view),
    ...ctFragmentCommands(view),
    ...ctLimitCommands(view),
    ...ctSettingCommands(view),
    ...ctTimeoutCommands(view),
    ...ctTableCommands(view),
    ...ctWatchCommands(view),
    ...netdevDummyCommands(view),
    ...timeCommands(view),
  ];
}
