/** Notifications of the kernel about interfaces, brought to the ports of a datapath that have them. */
import { logger, RateLimit } from '../../datapath/base/log.js';
import type { LinkEvent } from '../../datapath/ports/link-messages.js';
import type { PortState } from '../../datapath/ports/port.js';
import { LinkMonitor } from '../../datapath/ports/sys/link-monitor.js';
import type { Backer } from './backer.js';
import type { Bridge } from './bridge.js';
import type { BridgePort } from './ports.js';

/** How often the system is asked all the same: for what no event reports. */
const SAFETY_REFRESH_MS = 30_000;

/** Somebody who renames interfaces in a loop. */
const RENAME_LOG = new RateLimit(600, 600);
const MISSED_LOG = new RateLimit(6, 6);

const log = logger('bridge');

/** Listens from now on; a line in the log if that cannot be: then bridges ask each second. */
export function watchLinks(backer: Backer): void {
  try {
    backer.links = new LinkMonitor({
      onEvent: (event) => applyLinkEvent(backer, event),
      onMissed: () => {
        log.warn('changes of interfaces came faster than they could be read: all ports are looked at anew', MISSED_LOG);
        for (const bridge of backer) bridge.refreshPorts();
      },
    });
    backer.portRefreshMs = SAFETY_REFRESH_MS;
  } catch (error) {
    log.warn(`${(error as Error).message}: links are looked at once a second`);
  }
}

/** Most events are about interfaces that are nobody's port: they cost a comparison for each port. */
export function applyLinkEvent(backer: Backer, event: LinkEvent): void {
  for (const bridge of backer)
    for (const port of bridge.ports()) if (port.isInterface) applyToPort(bridge, port, event);
}

function applyToPort(bridge: Bridge, port: BridgePort, event: LinkEvent): void {
  const isHeld = event.ifindex === port.seen.ifindex;
  if (event.kind === 'seen' && event.name === port.name) bridge.notePortState(port, stateAt(event, port));
  else if (isHeld && event.kind === 'gone') noteLoss(bridge, port);
  else if (isHeld && event.name !== '' && event.name !== port.name) {
    log.info(`bridge ${bridge.name}: interface ${port.name} has been renamed ${event.name}`, RENAME_LOG);
    noteLoss(bridge, port);
  }
}

/** As it was when the event happened: of a link that was lost for a moment, both changes are told. */
function stateAt({ ifindex, adminUp, linkUp, mtu, mac }: LinkEvent, port: BridgePort): PortState {
  const now = port.state();
  if (now.ifindex !== ifindex) return now;
  return { ...now, adminUp, linkUp, mtu: mtu === 0 ? now.mtu : mtu, mac: mac ?? now.mac };
}

/** Another of the same name may be there already: that is a loss and a return. */
function noteLoss(bridge: Bridge, port: BridgePort): void {
  const now = port.state();
  if (now.ifindex !== 0) bridge.notePortState(port, { ...now, ifindex: 0, adminUp: false, linkUp: false });
  bridge.notePortState(port, now);
}
