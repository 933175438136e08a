/**
 * The package's door: a whole switch within a program. `ctswitch/datapath`, `/openflow`, `/controller` and `/text` are its parts by
 * themselves.
 */
export { type Clock, ManualClock, systemClock } from '../datapath/base/clock.js';
export type { DatapathType, PortDescription } from '../datapath/ports/port-types.js';
export type { Bridge } from './bridge/bridge.js';
export { Switch, type SwitchOptions } from './daemon/switch.js';
export {
  type BridgeConfig,
  ConfigError,
  type ConntrackConfig,
  type FailMode,
  type SwitchConfig,
  type ZoneConfig,
} from './switch/config.js';
export { configFromYaml } from './switch/config-yaml.js';
export { MemorySwitch, type MemorySwitchOptions } from './switch/memory-switch.js';
export { VERSION } from './switch/version.js';
export type { BridgeSummary, ChangeReport, ChangeRequest, SwitchView } from './switch/view.js';
