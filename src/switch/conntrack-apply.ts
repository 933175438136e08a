/** The tracker of a datapath, led from one configuration to another. */
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { SETTINGS, type SettingValues } from '../../datapath/conntrack/settings.js';
import type { Backer } from '../bridge/backer.js';
import type { ConntrackConfig, ZoneConfig } from './config.js';

/** What neither speaks of stays as somebody has set it meanwhile. */
export function applyConntrack(backer: Backer, from: ConntrackConfig, to: ConntrackConfig): void {
  const { conntrack } = backer.dpif;
  const initial = Object.keys(from.settings).map((name) => [name, SETTINGS[name as keyof SettingValues].initial]);
  conntrack.set({ ...Object.fromEntries(initial), ...to.settings });
  if (from.defaultLimit !== to.defaultLimit) conntrack.setLimit('default', to.defaultLimit ?? null);
  if (isNamed(from.timeouts) || isNamed(to.timeouts)) backer.zoneTimeouts.replace('default', to.timeouts);
  for (const zone of from.zones) applyZone(backer, { zone: zone.zone, timeouts: {} }, zone);
  for (const zone of to.zones) applyZone(backer, zone, { zone: zone.zone, timeouts: {} });
}

function applyZone(backer: Backer, { zone, limit, timeouts }: ZoneConfig, before: ZoneConfig): void {
  const { conntrack } = backer.dpif;
  if (limit !== undefined) conntrack.setLimit(zone, limit);
  else if (before.limit !== undefined) conntrack.setLimit(zone, null);
  if (isNamed(timeouts) || isNamed(before.timeouts)) backer.zoneTimeouts.replace(zone, timeouts);
}

const isNamed = (policy: TimeoutPolicy): boolean => Object.keys(policy).length > 0;
