/**
 * What labs that outlive the command which made them consist of: for each a file with the names of what it has made. So `lab down`
 * removes what `lab up` made and nothing else, whatever else bears such names.
 *
 * `lab down` is root's, and a run directory may be open to others. So the file holds names and no commands, only those that the lab of its
 * name makes are removed, and a file that somebody else owns or may write is not read.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SwitchError } from '../../datapath/base/error.js';
import { errnoOf, strerror } from '../net/errno.js';
import { LABS } from './labs.js';
import { type Made, madeBy, planOf, removalOf } from './plan.js';
import { type RunCommand, runCommand } from './runner.js';
import type { Topology } from './topology.js';

export type LedgerError = SwitchError<{ code: 'no-lab' | 'lab-exists' | 'bad-ledger'; name: string }>;

/** Some lines; a file that is longer was not written here. */
const MAX_LEDGER_BYTES = 65_536;
const WRITABLE_BY_OTHERS = 0o022;

const fileOf = (directory: string, name: string): string => join(directory, `lab-${name}.json`);

const isLab = (name: string): boolean => Object.hasOwn(LABS, name);

/** Throws if a lab of that name is up. */
export function checkFree(directory: string, name: string): void {
  if (!existsSync(fileOf(directory, name))) return;
  throw new SwitchError(`the lab ${name} is up already; take it down with: ctswitch lab down ${name}`, {
    code: 'lab-exists',
    name,
  });
}

/** Never writes to a file that is there, nor where a link leads. */
export function record(directory: string, name: string, made: readonly Made[]): void {
  const file = fileOf(directory, name);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw bad(name, `the lab cannot be noted in ${file}: ${strerror(errnoOf(error))}`);
  }
}

/** Names of the labs that are up. */
export function labsUp(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return filesIn(directory)
    .flatMap((file) => /^lab-(.+)\.json$/.exec(file)?.slice(1) ?? [])
    .filter(isLab);
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const why = strerror(errnoOf(error));
    throw new SwitchError(`the directory ${directory}, in which labs are noted, cannot be read: ${why}`, {
      code: 'no-directory',
    });
  }
}

/** Removes what the ledger says and the ledger itself; throws if there is none, or none that can be trusted. */
export function takeDown(directory: string, name: string, run: RunCommand = runCommand): void {
  const file = fileOf(directory, name);
  if (!isLab(name) || !existsSync(file)) {
    const up = labsUp(directory).join(', ') || 'none';
    throw new SwitchError(`there is no lab ${name} to take down in ${directory}; up there: ${up}`, {
      code: 'no-lab',
      name,
    });
  }
  for (const made of read(file, name)) run(removalOf(made));
  rmSync(file, { force: true });
}

const bad = (name: string, why: string): LedgerError => new SwitchError(why, { code: 'bad-ledger', name });

function read(file: string, name: string): Made[] {
  const known = madeBy(planOf((LABS as Readonly<Record<string, Topology>>)[name]!));
  const asRemoved = known.map((made) => removalOf(made).join(' ')).join('; ');
  const refuse = (why: string): LedgerError =>
    bad(
      name,
      `${file} is not followed: ${why}. If the lab is yours, delete the file and what is left of: ${asRemoved}`,
    );
  const made = parse(readOwn(file, refuse), refuse);
  const foreign = made.find((one) => !known.some(({ kind, name }) => kind === one.kind && name === one.name));
  if (foreign !== undefined) throw refuse(`it names something that the lab ${name} does not make`);
  return made;
}

/** The text of a file that is the caller's and that nobody else may write. */
function readOwn(file: string, refuse: (why: string) => LedgerError): string {
  const fd = open(file, refuse);
  try {
    const { uid, mode, size, isFile } = ownershipOf(fd);
    if (!isFile) throw refuse('it is no plain file');
    if (uid !== process.geteuid?.()) throw refuse(`it belongs to the user ${uid}`);
    if ((mode & WRITABLE_BY_OTHERS) !== 0) throw refuse('others may write it');
    if (size > MAX_LEDGER_BYTES) throw refuse('it is too long');
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function ownershipOf(fd: number): { uid: number; mode: number; size: number; isFile: boolean } {
  const stats = fstatSync(fd);
  return { uid: stats.uid, mode: stats.mode, size: stats.size, isFile: stats.isFile() };
}

/** Follows no link, and does not wait for the other end of a pipe. */
function open(file: string, refuse: (why: string) => LedgerError): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw refuse(`it cannot be opened (${(error as NodeJS.ErrnoException).code})`);
  }
}

function parse(text: string, refuse: (why: string) => LedgerError): Made[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every(isMade)) return value;
  } catch {
    // Said below.
  }
  throw refuse('it is not a list of links and namespaces');
}

const isMade = (value: unknown): value is Made =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value && typeof value.name === 'string';
