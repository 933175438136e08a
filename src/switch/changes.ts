/**
 * Changes of a switch that runs: computed as steps, then done one after the other. What cannot be done is reported, and all else goes on.
 * Changes that come at the same time wait for each other.
 */
import { logger } from '../../datapath/base/log.js';
import { checkConfig, type SwitchConfig } from './config.js';
import type { Edit } from './config-edits.js';
import { diff, type IsStale, type Step } from './diff.js';
import { bridgeOf, stepText } from './step-text.js';

const log = logger('bridge');

/** One step, and what has become of it. */
export interface StepReport {
  readonly step: Step;
  readonly status: 'done' | 'failed' | 'skipped' | 'planned';
  /** Why it failed. */
  readonly error?: Error;
}

export interface Changeable {
  /** Notified of each step that was taken, or not. */
  reported(report: StepReport): void;
  /** What the switch is now. */
  config(): SwitchConfig;
  perform(step: Step): Promise<void>;
  isStale: IsStale;
}

export interface ChangeOptions {
  /** Nothing is done. */
  isDryRun: boolean;
  /** Files of flows and groups that say something else by now are loaded again. */
  readsFilesAnew: boolean;
}

/** Makes one change at a time; others wait their turn. */
export class Changes {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: Changeable) {}

  /** What was done, or would be. Rejects with a SwitchError, and nothing is done, if the configuration cannot be. */
  make(edit: Edit, options: ChangeOptions): Promise<StepReport[]> {
    const result = this.last.then(() => this.makeNow(edit, options));
    this.last = result.catch(() => {});
    return result;
  }

  private async makeNow(edit: Edit, { isDryRun, readsFilesAnew }: ChangeOptions): Promise<StepReport[]> {
    const { host } = this;
    const from = host.config();
    const to = await edit(from);
    checkConfig(to);
    const steps = diff(from, to, readsFilesAnew ? host.isStale : undefined);
    if (isDryRun) return steps.map((step) => ({ step, status: 'planned' }));
    const reports: StepReport[] = [];
    const lost = new Set<string>();
    for (const step of steps) {
      const report = await this.report(step, lost);
      host.reported(report);
      reports.push(report);
    }
    return reports;
  }

  /** `lost`: bridges that could not be made or removed, of whose parts nothing can be. */
  private async report(step: Step, lost: Set<string>): Promise<StepReport> {
    const bridge = bridgeOf(step);
    if (bridge !== null && lost.has(bridge)) return { step, status: 'skipped' };
    try {
      await this.host.perform(step);
      return { step, status: 'done' };
    } catch (error) {
      log.warn(`cannot ${stepText(step)}: ${(error as Error).message}`);
      if (bridge !== null && (step.op === 'add-bridge' || step.op === 'remove-bridge')) lost.add(bridge);
      return { step, status: 'failed', error: error as Error };
    }
  }
}
