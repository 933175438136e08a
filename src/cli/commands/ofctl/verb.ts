/** What a verb of `ctswitch ofctl` is, and what it is given. */

import { readFileSync } from 'node:fs';
import { strerror } from '../../../net/errno.js';
import { decodeMessage } from '../../../openflow/codec.js';
import type { Message, OfVersion } from '../../../openflow/message-types.js';
import { highestVersion } from '../../../openflow/version.js';
import type { Colors } from '../../../text/colors.js';
import { belowTextError, TextError } from '../../../text/error.js';
import type { MatchNote } from '../../../text/flow.js';
import { formatMessage } from '../../../text/message.js';
import { NameMap, type Names } from '../../../text/names.js';
import { print, printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { OpenFlowClient } from './client.js';
import type { OfctlArgs } from './index.js';

/** What a verb does with its arguments; resolves to the exit code, undefined for 0. */
export type VerbRun = (context: VerbContext, words: readonly string[]) => Promise<number | undefined>;

const OF10_ONLY = 1 << 1;
const OF14_ONLY = 1 << 5;

export class VerbContext {
  constructor(
    readonly args: OfctlArgs,
    private readonly rundir: string,
    /** Bitmap of wire versions; null when the user named none. */
    private readonly versions: number | null,
    /** Of what is printed. */
    readonly colors: Colors,
  ) {}

  connect(name: string, fallback = OF10_ONLY): Promise<OpenFlowClient> {
    return OpenFlowClient.connect(name, this.versions ?? fallback, this.rundir);
  }

  /** For bundles, which OpenFlow 1.4 brought. */
  connectForBundle(name: string): Promise<OpenFlowClient> {
    return this.connect(name, OF14_ONLY);
  }

  /** The newest of the versions allowed, for what is only printed. */
  get preferredVersion(): OfVersion {
    return highestVersion(this.allowedVersions);
  }

  /** Bitmap of the wire versions that may be spoken. */
  get allowedVersions(): number {
    return this.versions ?? OF10_ONLY;
  }

  /** Names are printed to people, numbers to programs, unless the user says. */
  get showNames(): boolean {
    return this.args.names ?? process.stdout.isTTY === true;
  }

  print(message: Message, names?: Names, verbosity = 0): Promise<void> {
    return print(this.format(message, names, verbosity));
  }

  format(message: Message, names?: Names, verbosity = 0): string {
    const shown = { ...names, colors: this.colors };
    return formatMessage(message, { names: shown, verbosity: verbosity + this.args.more, decode: decodeMessage });
  }

  /** What a flow line left out, said as ovs-ofctl says it. */
  readonly onNote = (note: MatchNote): void => {
    const lines = ['normalization changed ofp_match, details:', ` pre: ${note.before}`, `post: ${note.after}`];
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    for (const [i, line] of lines.entries()) void printError(`${now}|0000${i + 1}|ofp_match|INFO|${line}\n`);
  };
}

/** The switch's ports by name, for reading and printing; asked for when they may be needed. */
export async function portNames(client: OpenFlowClient): Promise<NameMap> {
  const names = new NameMap();
  if (client.version === 1) {
    const reply = await client.request('features_request', null);
    for (const { port, name } of reply.body.ports) names.add(port, name);
    return names;
  }
  for await (const part of client.requestAll('port_desc_request', { port: 0xffff }))
    for (const { port, name } of part.body.ports) names.add(port, name);
  return names;
}

export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UserError(`${file}: open failed (${strerror((error as NodeJS.ErrnoException).code ?? '')})`);
  }
}

/** A text error with the place of what is wrong below it. */
export function asUserError(error: unknown): unknown {
  return error instanceof TextError ? new UserError(error.message + belowTextError(error)) : error;
}
