/**
 * Runs a plan and takes it back: after a failure in the middle, on `down`, and at the latest when the process exits. Only what
 * this run has made is removed; making fails when something of the same name is there already.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { SwitchError } from '../../datapath/base/error.js';
import { type Made, madeBy, type Step, undoOf } from './plan.js';

export type LabError = SwitchError<{ code: 'lab'; command: string }>;

/** Output of a command that failed, null if it succeeded. */
export type RunCommand = (command: readonly string[]) => string | null;

export class Lab {
  private readonly done: Step[] = [];
  private readonly onExit = (): void => this.down();

  private constructor(private readonly run: RunCommand) {}

  /** Makes everything; on failure what was made is removed and the error says what could not be done. */
  static up(plan: readonly Step[], run: RunCommand = runCommand): Lab {
    const lab = new Lab(run);
    process.once('exit', lab.onExit);
    for (const step of plan) {
      const failure = run(step.command);
      if (failure === null) {
        lab.done.push(step);
        continue;
      }
      lab.down();
      throw new SwitchError(`${step.doing} failed: ${failure}`, { code: 'lab', command: step.command.join(' ') });
    }
    return lab;
  }

  /** Lets the lab outlive the process, once `note` has put down what it consists of; if that fails the lab is taken down. */
  keep(note: (made: readonly Made[]) => void): void {
    try {
      note(madeBy(this.done));
    } catch (error) {
      this.down();
      throw error;
    }
    process.off('exit', this.onExit);
  }

  /** Removes everything; what is gone already is fine. */
  down(): void {
    process.off('exit', this.onExit);
    for (const command of undoOf(this.done)) this.run(command);
    this.done.length = 0;
  }
}

/** Local commands are quick; one that hangs has failed. */
const TIMEOUT_MS = 20_000;

export function runCommand(command: readonly string[]): string | null {
  const [program, ...words] = command;
  // ip is in /sbin, which the path of an ordinary user does not have.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const result = spawnSync(program, words, { env, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (result.error !== undefined) return `${program}: ${result.error.message}`;
  if (result.status === 0) return null;
  return (result.stderr || result.stdout).trim() || `${program} ended with ${result.status ?? result.signal}`;
}

/** Whether there is a network namespace of that name, whoever has made it. */
export const isNamespace = (name: string): boolean => existsSync(`/run/netns/${name}`);

/** Why network namespaces cannot be made here, null if they can. */
export function whyNoNamespaces(run: RunCommand = runCommand): string | null {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  const name = `ctswitch-try-${process.pid}`;
  const failure = run(['ip', 'netns', 'add', name]);
  if (failure !== null) return failure;
  const left = run(['ip', 'netns', 'exec', name, 'true']);
  run(['ip', 'netns', 'del', name]);
  return left;
}

const SIGNAL_EXITS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** From now on these signals end the process through `process.exit`, so that labs are taken down. */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(SIGNAL_EXITS)) process.once(signal, () => process.exit(code));
}
