/** The tracker of a datapath, led from one configuration to another. */
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { SETTINGS } from '../../datapath/conntrack/settings.js';
import { applySettings } from '../appctl/ct-settings.js';
import { setTimeouts } from '../appctl/ct-timeouts.js';
import type { Backer } from '../bridge/backer.js';
import type { SettingValues } from '../text/ct-settings.js';
import type { ConntrackConfig, ZoneConfig } from './config.js';

/** What neither speaks of stays as somebody has set it meanwhile. */
export function applyConntrack(backer: Backer, from: ConntrackConfig, to: ConntrackConfig): void {
  const { conntrack } = backer.dpif;
  const initial = Object.keys(from.settings).map((name) => [name, SETTINGS[name as keyof SettingValues].initial]);
  applySettings(conntrack, { ...Object.fromEntries(initial), ...to.settings });
  if (from.defaultLimit !== to.defaultLimit) conntrack.zones.defaultLimit = to.defaultLimit ?? 0;
  if (isNamed(from.timeouts) || isNamed(to.timeouts)) setTimeouts(backer, 'default', to.timeouts);
  for (const zone of from.zones) applyZone(backer, { zone: zone.zone, timeouts: {} }, zone);
  for (const zone of to.zones) applyZone(backer, zone, { zone: zone.zone, timeouts: {} });
}

function applyZone(backer: Backer, { zone, limit, timeouts }: ZoneConfig, before: ZoneConfig): void {
  const { zones } = backer.dpif.conntrack;
  if (limit !== undefined) zones.setLimit(zone, limit);
  else if (before.limit !== undefined) zones.deleteLimit(zone);
  if (isNamed(timeouts) || isNamed(before.timeouts)) setTimeouts(backer, zone, timeouts);
}

const isNamed = (policy: TimeoutPolicy): boolean => Object.keys(policy).length > 0;
