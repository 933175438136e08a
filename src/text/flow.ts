/**
 * Flows as ovs-ofctl writes them: `table=0,priority=50,tcp,in_port=1,actions=ct(table=0)`. One line into a flow-mod or a
 * statistics request, files of such lines, and flows as dump-flows prints them.
 */

import type { Match } from '../match/match.js';
import type { FlowMod, FlowModFlags, FlowStats, FlowStatsRequest, OfVersion } from '../openflow/message-types.js';
import { ALL_TABLES, newFlowMod } from '../openflow/new-flow-mod.js';
import { parseInstructions } from './action-parse.js';
import { formatInstructions } from './action-print.js';
import { PLAIN } from './colors.js';
import { FileTextError, TextError, within } from './error.js';
import { formatMatch, normalizeMatch, parseMatchPair, unknownKeyword } from './match.js';
import { cNumber, formatTable, type Names, parsePort, parseTable } from './names.js';
import { type Pair, PairScanner, withoutComment } from './scanner.js';
import { parseBig } from './values.js';

/** What a flow-mod does with the flow that a text describes. */
export type FlowCommand = FlowMod['command'];

/** How a flow's text is read. */
export interface FlowTextOptions {
  names?: Names | undefined;
  /** What the flow is for; "add" by default. */
  command?: FlowCommand;
  /** The line may begin with another command: `delete tcp`. */
  anyCommand?: boolean;
  /** Called with what was ignored: requirements on headers that the match does not make sure are there. */
  onNote?: (note: MatchNote) => void;
}

/** The match as it was written and as it is taken. */
export interface MatchNote {
  before: string;
  after: string;
}

const DEFAULT_PRIORITY = 32768;
const ALL_COOKIE_BITS = (1n << 64n) - 1n;

const COMMANDS: readonly FlowCommand[] = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict'];
const FLAG_NAMES: Record<string, keyof FlowModFlags> = {
  send_flow_rem: 'sendFlowRem',
  check_overlap: 'checkOverlap',
  reset_counts: 'resetCounts',
  no_packet_counts: 'noPacketCounts',
  no_byte_counts: 'noByteCounts',
};
/** What dumps print and files made from dumps contain; it says nothing about a flow to be. */
const IGNORED = new Set(['duration', 'n_packets', 'n_bytes', 'idle_age', 'hard_age', 'allow_hidden_fields']);

interface Draft {
  mod: FlowMod;
  /** Which of the cookie's forms were seen. */
  hasCookieMask: boolean;
  hasCookie: boolean;
}

/** One flow. Throws a TextError in ovs-ofctl's words. */
export function parseFlow(text: string, options: FlowTextOptions = {}): FlowMod {
  const { command, start } = leadingCommand(text, options);
  const draft = newDraft(command);
  const actions = takesActions(command) ? findActions(text, start) : null;
  if (takesActions(command) && actions === null) throw new TextError('must specify an action', text, text.length);
  parseHead(draft, text, start, actions?.keyAt ?? text.length, options.names);
  if (actions !== null) {
    const inner = text.slice(actions.at);
    draft.mod.instructions = within(text, actions.at, () => parseInstructions(inner, options.names));
  }
  finishCookie(draft, text);
  note(draft.mod.match, options);
  return draft.mod;
}

/** What selects flows in a statistics request or a deletion: match, table, cookie, out_port, out_group. */
export function parseFlowStatsRequest(text: string, options: FlowTextOptions = {}): FlowStatsRequest {
  const { table, match, outPort, outGroup, cookie, cookieMask } = parseFlow(text, { ...options, command: 'delete' });
  return { table, match, outPort, outGroup, cookie, cookieMask };
}

/** The flows of a file, in order; empty lines and comments are skipped. Throws a FileTextError. */
export function parseFlowFile(text: string, file: string, options: FlowTextOptions = {}): FlowMod[] {
  const flows: FlowMod[] = [];
  for (const { line, number } of flowLines(text)) flows.push(parseFlowLine(line, number, file, options));
  return flows;
}

/** The lines of a flow file that hold something, without comments. */
export function* flowLines(text: string): Generator<{ line: string; number: number }> {
  let number = 0;
  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    number++;
    const line = withoutComment(text.slice(at, end));
    if (line.trim() !== '') yield { line, number };
    at = end + 1;
  }
}

export function parseFlowLine(line: string, number: number, file: string, options: FlowTextOptions): FlowMod {
  try {
    return parseFlow(line, options);
  } catch (error) {
    throw error instanceof TextError ? new FileTextError(file, number, error) : error;
  }
}

function leadingCommand(text: string, options: FlowTextOptions): { command: FlowCommand; start: number } {
  const command = options.command ?? 'add';
  if (!options.anyCommand) return { command, start: 0 };
  const found = /^\s*([a-z_]+)\s+/.exec(text);
  const named = COMMANDS.find((name) => name === found?.[1]);
  return named === undefined ? { command, start: 0 } : { command: named, start: found![0].length };
}

const takesActions = (command: FlowCommand): boolean => !command.startsWith('delete');
const takesPriority = (command: FlowCommand): boolean => command !== 'delete';

/** `keyAt` is where the word starts, `at` where the actions do. */
function findActions(text: string, start: number): { keyAt: number; at: number } | null {
  const form = /(?:^|[\s,])actions?\s*=\s*/g;
  form.lastIndex = start;
  const found = form.exec(text);
  return found === null ? null : { keyAt: found.index, at: found.index + found[0].length };
}

function newDraft(command: FlowCommand): Draft {
  const mod = { ...newFlowMod(command), priority: DEFAULT_PRIORITY };
  return { mod, hasCookieMask: false, hasCookie: false };
}

function parseHead(draft: Draft, text: string, from: number, to: number, names?: Names): void {
  const scanner = new PairScanner(text, from, to);
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) {
    const current = pair;
    if (parseMatchPair(draft.mod.match, current, text, names)) continue;
    if (IGNORED.has(current.key)) continue;
    const isKnown = within(text, current.valueAt, () => parseProperty(draft, current, names));
    if (!isKnown) throw unknownKeyword(current, text);
  }
}

function parseProperty(draft: Draft, { key, value }: Pair, names?: Names): boolean {
  const { mod } = draft;
  const flag = Object.hasOwn(FLAG_NAMES, key) ? FLAG_NAMES[key] : undefined;
  if (flag !== undefined && takesActions(mod.command)) {
    mod.flags[flag] = true;
    return true;
  }
  if (value === null) return false;
  const text = value;
  if (key === 'table') mod.table = tableNamed(text, names);
  else if (key === 'priority' && takesPriority(mod.command)) mod.priority = number16(text, key);
  else if (key === 'cookie') parseCookie(draft, text);
  else if (takesActions(mod.command)) return parseAddProperty(mod, key, text);
  else if (key === 'out_port') mod.outPort = portNamed(text, names);
  else if (key === 'out_group') mod.outGroup = number32(text, key);
  else return false;
  return true;
}

function parseAddProperty(mod: FlowMod, key: string, text: string): boolean {
  if (key === 'idle_timeout') mod.idleTimeout = number16(text, key);
  else if (key === 'hard_timeout') mod.hardTimeout = number16(text, key);
  else if (key === 'importance') mod.importance = number16(text, key);
  else return false;
  return true;
}

/** `cookie=1` sets, `cookie=1/-1` selects; modifications may have both. */
function parseCookie(draft: Draft, text: string): void {
  const { mod } = draft;
  const slash = text.indexOf('/');
  if (slash >= 0) {
    if (mod.command === 'add') throw new TextError('flow additions cannot use a cookie mask', text);
    draft.hasCookieMask = true;
    mod.cookie = number64(text.slice(0, slash));
    mod.cookieMask = number64(text.slice(slash + 1));
    return;
  }
  draft.hasCookie = true;
  mod.cookie = number64(text);
}

function finishCookie(draft: Draft, text: string): void {
  const { mod, hasCookie, hasCookieMask } = draft;
  if (mod.command === 'add') {
    mod.modifyCookie = hasCookie;
  } else if (hasCookie && takesActions(mod.command)) {
    mod.modifyCookie = !hasCookieMask;
  } else if (hasCookie) {
    throw new TextError('cannot set cookie (to match on a cookie, specify a mask, e.g. 0x0/-1)', text);
  }
}

function note(match: Match, { onNote, names }: FlowTextOptions): void {
  const before = normalizeMatch(match);
  if (before !== null && onNote)
    onNote({ before: formatMatch(before, { names }), after: formatMatch(match, { names }) });
}

function tableNamed(text: string, names?: Names): number {
  const table = parseTable(text, names);
  if (table === null) throw new TextError(`unknown table "${text}"`, text);
  return table;
}

function portNamed(text: string, names?: Names): number {
  const port = parsePort(text, names);
  if (port === null) throw new TextError(`${text} is not a valid OpenFlow port`, text);
  return port;
}

function number16(text: string, what: string): number {
  const value = cNumber(text);
  if (value === null || value > 0xffff) throw new TextError(`invalid ${what} "${text}"`, text);
  return value;
}

function number32(text: string, what: string): number {
  const value = cNumber(text);
  if (value === null || value > 0xffffffff) throw new TextError(`invalid ${what} "${text}"`, text);
  return value;
}

/** Negative numbers count from 2^64 down: -1 is all ones. */
function number64(text: string): bigint {
  const value = parseBig(text);
  if (value === null || value > ALL_COOKIE_BITS || value < -(1n << 63n))
    throw new TextError(`invalid numeric format ${text}`, text);
  return BigInt.asUintN(64, value);
}

/** The flow-mod as a version can say it: only OpenFlow 1.0 leaves it to the switch which table a new flow goes to. */
export function forVersion(mod: FlowMod, version: OfVersion): FlowMod {
  const isOpen = mod.table === ALL_TABLES && takesActions(mod.command);
  return isOpen && version > 1 ? { ...mod, table: 0 } : mod;
}

/** How a flow is printed. */
export interface FlowPrintOptions {
  names?: Names | undefined;
  /** Duration, counters and ages; left out where flows are compared. */
  showStats?: boolean;
}

/** A flow as dump-flows prints it, with the blank in front. */
export function formatFlowStats(flow: FlowStats, { names, showStats = true }: FlowPrintOptions = {}): string {
  const { actions, param, special } = names?.colors ?? PLAIN;
  const flags = formatFlowFlags(flow.flags);
  let text = ' ';
  if (showStats || flow.cookie !== 0n) text += `${param('cookie=')}0x${flow.cookie.toString(16)}, `;
  if (showStats) text += `${param('duration=')}${formatDuration(flow.durationSec, flow.durationNsec)}s, `;
  if (showStats || flow.table !== 0) text += `${special('table=')}${formatTable(flow.table, names)}, `;
  if (showStats) text += `${param('n_packets=')}${flow.packets}, ${param('n_bytes=')}${flow.bytes}, `;
  if (flow.idleTimeout !== 0) text += `${param('idle_timeout=')}${flow.idleTimeout}, `;
  if (flow.hardTimeout !== 0) text += `${param('hard_timeout=')}${flow.hardTimeout}, `;
  if (flags !== '') text += `${flags} `;
  if (flow.importance !== 0) text += `${param('importance=')}${flow.importance}, `;
  if (showStats && flow.idleAge >= 0) text += `${param('idle_age=')}${flow.idleAge}, `;
  if (showStats && flow.hardAge >= 0 && flow.hardAge !== flow.durationSec)
    text += `${param('hard_age=')}${flow.hardAge}, `;
  const match = formatMatch(flow.match, { names, priority: flow.priority });
  return `${text}${match}${match === '' ? '' : ' '}${actions('actions=')}${formatInstructions(flow.instructions, names)}`;
}

/** A flow as diff-flows prints it: what it is, without what it has done. Follows `fte_format()` of ovs-ofctl.c. */
export function formatFlow(mod: FlowMod, names?: Names): string {
  const table = mod.table === 0 ? '' : `table=${formatTable(mod.table, names)} `;
  const parts = [`${table}${formatMatch(mod.match, { names, priority: mod.priority })}`];
  if (mod.cookie !== 0n) parts.push(`cookie=0x${mod.cookie.toString(16)}`);
  if (mod.idleTimeout !== 0) parts.push(`idle_timeout=${mod.idleTimeout}`);
  if (mod.hardTimeout !== 0) parts.push(`hard_timeout=${mod.hardTimeout}`);
  if (mod.importance !== 0) parts.push(`importance=${mod.importance}`);
  if (mod.flags.sendFlowRem) parts.push('send_flow_rem');
  parts.push(`actions=${formatInstructions(mod.instructions, names)}`);
  return parts.join(' ');
}

export function formatFlowFlags(flags: FlowModFlags): string {
  return Object.entries(FLAG_NAMES)
    .filter(([, key]) => flags[key])
    .map(([name]) => name)
    .join(' ');
}

/** Seconds with as many of three or nine decimals as say something, as OVS prints durations. */
export function formatDuration(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return String(seconds);
  const digits = String(nanoseconds).padStart(9, '0');
  return `${seconds}.${digits.endsWith('000000') ? digits.slice(0, 3) : digits}`;
}
