/** What the commands see of the running switch; src/switch implements it. */
import type { Backer } from '../bridge/backer.js';
import type { Bridge } from '../bridge/bridge.js';

export interface SwitchView {
  /** The datapaths in use, by name (`netdev@ovs-netdev`), sorted. */
  backers(): readonly Backer[];
  bridge(name: string): Bridge | null;
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall-clock milliseconds since 1970: for what people read. */
  wall(): number;
  /** Time stands still from now on, but for what `warpTime` moves it on. */
  stopTime(): void;
  warpTime(ms: number): void;
  /** Something was given to a port in memory: it is looked at now. */
  wake(): void;
  /** Stops the switch and its process once the reply to the command is on its way. */
  exit(): void;
  /** Opens the log file anew (after rotation); false if there is none. */
  reopenLog(): boolean;
  closeLog(): void;
}
