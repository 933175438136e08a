/** The names of a bridge's ports, for texts that speak of them. */
import type { Bridge } from '../bridge/bridge.js';
import { NameMap } from '../text/names.js';

export function portNames(bridge: Bridge): NameMap {
  const names = new NameMap();
  for (const port of bridge.ports()) names.add(port.ofport, port.name);
  return names;
}
