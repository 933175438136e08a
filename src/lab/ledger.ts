/**
 * What labs that outlive the command which made them consist of: for each a file with the commands that remove it. So `lab down`
 * removes what `lab up` made and nothing else, whatever else bears such names.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwitchError } from '../../datapath/base/error.js';
import { type RunCommand, runCommand } from './runner.js';

export type LedgerError = SwitchError<{ code: 'no-lab' | 'lab-exists'; name: string }>;

const fileOf = (directory: string, name: string): string => join(directory, `lab-${name}.json`);

/** Throws if a lab of that name is up. */
export function checkFree(directory: string, name: string): void {
  if (read(directory, name) === null) return;
  throw new SwitchError(`the lab ${name} is up already; take it down with: ctswitch lab down ${name}`, {
    code: 'lab-exists',
    name,
  });
}

export function record(directory: string, name: string, undo: readonly (readonly string[])[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(fileOf(directory, name), `${JSON.stringify(undo, null, 2)}\n`, { mode: 0o600 });
}

/** Names of the labs that are up. */
export function labsUp(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((file) => /^lab-(.+)\.json$/.exec(file)?.slice(1) ?? []);
}

/** Removes what the ledger says and the ledger itself; throws if there is none. */
export function takeDown(directory: string, name: string, run: RunCommand = runCommand): void {
  const undo = read(directory, name);
  if (undo === null) {
    const up = labsUp(directory).join(', ') || 'none';
    throw new SwitchError(`there is no lab ${name} to take down in ${directory}; up there: ${up}`, {
      code: 'no-lab',
      name,
    });
  }
  for (const command of undo) run(command);
  rmSync(fileOf(directory, name), { force: true });
}

function read(directory: string, name: string): string[][] | null {
  try {
    return JSON.parse(readFileSync(fileOf(directory, name), 'utf8')) as string[][];
  } catch {
    return null;
  }
}
