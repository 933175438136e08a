/** The package's door: a whole switch within a program. `ctswitch/datapath`, `/openflow`, `/controller` and `/text` are its parts by themselves. */
export { type Clock, systemClock } from '../datapath/base/clock.js';
export { Switch, type SwitchOptions } from './daemon/switch.js';
export { ConfigError, type SwitchConfig } from './switch/config.js';
export { configFromYaml } from './switch/config-yaml.js';
export { VERSION } from './switch/version.js';
