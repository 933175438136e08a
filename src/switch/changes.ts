/**
 * Changes of a switch that runs: computed as steps, then done one after the other. What cannot be done is reported, and all else goes on. Changes
 * that come at the same time wait for each other.
 */
import { logger } from '../../datapath/base/log.js';
import { checkConfig, type SwitchConfig } from './config.js';
import type { Edit } from './config-edits.js';
import { diff, type IsStale, type Step } from './diff.js';
import { bridgeOf, stepText } from './step-text.js';
import type { ChangeReport } from './view.js';

const log = logger('bridge');

export interface Changeable {
  /** Notified of each step that was taken, or not. */
  reported(report: ChangeReport): void;
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

export class Changes {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: Changeable) {}

  /** What was done, or would be. Rejects with a SwitchError, and nothing is done, if the configuration cannot be. */
  make(edit: Edit, options: ChangeOptions): Promise<ChangeReport[]> {
    const result = this.last.then(() => this.makeNow(edit, options));
    this.last = result.catch(() => {});
    return result;
  }

  private async makeNow(edit: Edit, { isDryRun, readsFilesAnew }: ChangeOptions): Promise<ChangeReport[]> {
    const { host } = this;
    const from = host.config();
    const to = await edit(from);
    checkConfig(to);
    const steps = diff(from, to, readsFilesAnew ? host.isStale : undefined);
    if (isDryRun) return steps.map((step) => ({ step: stepText(step), status: 'planned' }));
    const reports: ChangeReport[] = [];
    const lost = new Set<string>();
    for (const step of steps) {
      const report = await this.report(step, lost);
      host.reported(report);
      reports.push(report);
    }
    return reports;
  }

  /** `lost`: bridges that could not be made or removed, of whose parts nothing can be. */
  private async report(step: Step, lost: Set<string>): Promise<ChangeReport> {
    const bridge = bridgeOf(step);
    const text = stepText(step);
    if (bridge !== null && lost.has(bridge)) return { step: text, status: 'skipped' };
    try {
      await this.host.perform(step);
      return { step: text, status: 'done' };
    } catch (error) {
      const why = (error as Error).message;
      log.warn(`cannot ${text}: ${why}`);
      if (bridge !== null && (step.op === 'add-bridge' || step.op === 'remove-bridge')) lost.add(bridge);
      return { step: text, status: 'failed', error: why };
    }
  }
}
