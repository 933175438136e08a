/** What the commands see of the running switch; src/switch implements it. */
import type { Stops } from '../../datapath/base/clock.js';
import type { Backer } from '../bridge/backer.js';
import type { Bridge } from '../bridge/bridge.js';

/** A change of the running switch, in a user's words. */
export type ChangeRequest =
  /** `mayExist`: one that is there gets the settings. */
  | { do: 'add-bridge'; bridge: string; settings: readonly string[]; mayExist?: boolean }
  | { do: 'set-bridge'; bridge: string; settings: readonly string[] }
  /** `ifExists`: one that is not there is no mistake. */
  | { do: 'delete-bridge'; bridge: string; ifExists?: boolean }
  /** `mayExist`: those that are there stay as they are. `ofport`: the number that the only port is to have. */
  | { do: 'add-ports'; bridge: string; ports: readonly string[]; mayExist?: boolean; ofport?: string | undefined }
  /** `bridge` null: whichever has it. */
  | { do: 'delete-port'; bridge: string | null; port: string; ifExists?: boolean }
  /** The switch is to be what a configuration file says. */
  | { do: 'apply'; file: string; text: string };

/** One step of a change, and what has become of it. */
export interface ChangeReport {
  /** "add port veth0 to bridge br0" */
  step: string;
  status: 'done' | 'failed' | 'skipped' | 'planned';
  /** Why it failed. */
  error?: string;
}

/** A bridge as `ctswitch bridge list` shows it. */
export interface BridgeSummary {
  name: string;
  datapath: string;
  /** 16 hexadecimal digits. */
  datapath_id: string;
  fail_mode: string;
  /** Names, without that of the bridge's own. */
  ports: string[];
  listen: string[];
  controllers: { target: string; is_connected: boolean }[];
  flows: number;
}

/** A running switch, for those who look at it and change it from outside. */
export interface SwitchView {
  /** The datapaths in use, by name (`netdev@ovs-netdev`), sorted. */
  backers(): readonly Backer[];
  /** The bridge of that name; null if there is none. */
  bridge(name: string): Bridge | null;
  /** In the order in which they were added. */
  bridgeSummaries(): BridgeSummary[];
  /**
   * Does the change, or with `isDryRun` only says what would be done. Rejects with a SwitchError, and nothing is done, where the change as
   * a whole cannot be; steps that fail are in the reports.
   */
  change(request: ChangeRequest, isDryRun?: boolean): Promise<ChangeReport[]>;
  /** Monotonic milliseconds. */
  now(): number;
  /** Wall-clock milliseconds since 1970: for what people read. */
  wall(): number;
  /** How often and how long the machine was suspended. */
  suspensions(): Stops;
  /** Time stands still from now on, but for what `warpTime` moves it on. */
  stopTime(): void;
  /** Moves the clock on by so many milliseconds, and has timers notice. */
  warpTime(ms: number): void;
  /** Something was given to a port in memory: it is looked at now. */
  wake(): void;
  /** Stops the switch and its process once the reply to the command is on its way. */
  exit(): void;
  /** Opens the log file anew (after rotation); false if there is none. */
  reopenLog(): boolean;
  /** Closes the log file; messages go on to the other destinations. */
  closeLog(): void;
}
