/** Reading the arguments that several commands take: options first, then a datapath's name, then the command's own words. */
import type { Backer } from '../bridge/backer.js';
import type { Bridge } from '../bridge/bridge.js';
import type { SwitchView } from '../switch/view.js';
import { TextError } from '../text/error.js';
import { type Command, type Pieces, UnixctlError } from '../unixctl/registry.js';

/** Texts of errno values that OVS appends to dpctl errors. */
export const ERRNO = {
  EINVAL: 'Invalid argument',
  ENOENT: 'No such file or directory',
  ENODEV: 'No such device',
  EPERM: 'Operation not permitted',
} as const;

/** A dpctl error as OVS words it: `ovs-vswitchd: TEXT (ERRNO)`. */
export function dpctlError(text: string, errno?: keyof typeof ERRNO): UnixctlError {
  const suffix = errno === undefined ? '' : ` (${ERRNO[errno]})`;
  return new UnixctlError(`ovs-vswitchd: ${text}${suffix}\n`);
}

/** The same where dpctl has read it. */
export function asDpctlError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TextError ? dpctlError(error.message, 'EINVAL') : error;
  }
}

/** What cannot be read is the client's mistake. */
export function asUnixctlError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TextError ? new UnixctlError(error.message) : error;
  }
}

export interface DpctlOptions {
  verbosity: number;
  statistics: boolean;
  names: boolean | null;
}

const OPTIONS: Readonly<Record<string, (options: DpctlOptions) => void>> = {
  '-m': (o) => o.verbosity++,
  '--more': (o) => o.verbosity++,
  '-s': (o) => (o.statistics = true),
  '--statistics': (o) => (o.statistics = true),
  '--names': (o) => (o.names = true),
  '--no-names': (o) => (o.names = false),
  '--clear': () => {},
  '--may-create': () => {},
};

/** Splits off the options that stand before everything else. */
export function parseOptions(args: readonly string[]): { options: DpctlOptions; rest: string[] } {
  const options: DpctlOptions = { verbosity: 0, statistics: false, names: null };
  let i = 0;
  for (; i < args.length && args[i].startsWith('-'); i++) {
    const apply = OPTIONS[args[i]];
    if (apply === undefined) throw new UnixctlError(`Unrecognized option ${args[i]}`);
    apply(options);
  }
  return { options, rest: args.slice(i) };
}

/** True for words that can be the name of a datapath rather than `key=value`. */
const isDatapathName = (word: string | undefined): boolean => word !== undefined && word !== '' && !word.includes('=');

/** The datapath named by the first word, or the only one; the words behind it. */
export function takeDatapath(view: SwitchView, words: readonly string[]): { backer: Backer; rest: string[] } {
  const backers = view.backers();
  if (isDatapathName(words[0])) {
    const named = backers.find((backer) => backer.dpif.name === words[0]);
    if (named === undefined) throw dpctlError('datapath not found', 'EINVAL');
    return { backer: named, rest: words.slice(1) };
  }
  if (backers.length === 0) throw dpctlError('no datapaths exist', 'EINVAL');
  if (backers.length > 1) throw dpctlError('multiple datapaths, specify one', 'EINVAL');
  return { backer: backers[0], rest: [...words] };
}

/** The same for commands whose own words may look like names: the first word counts only if it names a datapath. */
export function takeNamedDatapath(view: SwitchView, words: readonly string[]): { backer: Backer; rest: string[] } {
  return takeFirst(
    view,
    words,
    view.backers().some(({ dpif }) => dpif.name === words[0]),
  );
}

/** The same for commands that take `own` words of their own: a word before these is a datapath's name. */
export function takeDatapathBefore(
  view: SwitchView,
  words: readonly string[],
  own: number,
): { backer: Backer; rest: string[] } {
  return takeFirst(view, words, words.length > own);
}

function takeFirst(view: SwitchView, words: readonly string[], isNamed: boolean): { backer: Backer; rest: string[] } {
  const { backer } = takeDatapath(view, isNamed ? [words[0]] : []);
  return { backer, rest: words.slice(isNamed ? 1 : 0) };
}

/** A command whose only word, if any, is the datapath; a number may look like a name, so commands with numbers use takeDatapath. */
export function onlyDatapath(view: SwitchView, words: readonly string[]): Backer {
  return takeDatapath(view, words).backer;
}

export function bridgeNamed(view: SwitchView, name: string): Bridge {
  const bridge = view.bridge(name);
  if (bridge === null) throw new UnixctlError('no such bridge');
  return bridge;
}

/** A command that only does something: its reply is empty. */
export function silently(act: (args: string[]) => void): (args: string[]) => string {
  return (args) => {
    act(args);
    return '';
  };
}

/** Lines made at once: well below a millisecond's work. */
const LINES_PER_PIECE = 128;

/** A line for each row, made as they are sent; null for one that is not to be seen after all. */
export function* inPieces<T>(rows: readonly T[], line: (row: T) => string | null): Pieces {
  for (let from = 0; from < rows.length; from += LINES_PER_PIECE) {
    let text = '';
    for (const row of rows.slice(from, from + LINES_PER_PIECE)) text += line(row) ?? '';
    yield text;
  }
}

/** A row of a command table. */
export function command(name: string, usage: string, minArgs: number, maxArgs: number, run: Command['run']): Command {
  return { name, usage, minArgs, maxArgs, run };
}

/**
 * Splits off `--option` and `--option=VALUE` of those known that stand before everything else; of one that is said twice the last counts.
 */
export function takeOptions(
  args: readonly string[],
  known: readonly string[],
): { options: Map<string, string>; words: string[] } {
  const options = new Map<string, string>();
  let i = 0;
  for (; args[i]?.startsWith('--') === true; i++) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(args[i]!)!;
    if (!known.includes(name)) throw new UnixctlError(`unknown option "${args[i]}"; there are ${known.join(', ')}`);
    options.set(name, value);
  }
  return { options, words: args.slice(i) };
}
