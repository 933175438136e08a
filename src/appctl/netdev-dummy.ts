/** netdev-dummy/*: what scripts do with ports in memory. */
import { compose } from '../../datapath/keys/compose.js';
import { traitsOf } from '../../datapath/ports/port-types.js';
import type { Dpif, DpPort } from '../dpif/dpif.js';
import type { SwitchView } from '../switch/view.js';
import { parseHexBytes } from '../text/action-table.js';
import { TextError } from '../text/error.js';
import { parseDpKey } from '../text/odp-key-parse.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';

/** What compose adds by itself. */
const USUAL_PAYLOAD = 64;
const LONGEST = 0xffff;

export function netdevDummyCommands(view: SwitchView): Command[] {
  const RECEIVE = 'name [--qid queue_id] packet|flow [--len packet_len]';
  return [
    command('netdev-dummy/receive', RECEIVE, 2, Number.POSITIVE_INFINITY, (args) => receive(view, args)),
    command('netdev-dummy/set-admin-state', '[netdev] up|down', 1, 2, (args) => setAdminState(view, args)),
  ];
}

/** Dummy ports, with the datapaths that have them. */
function dummyPorts(view: SwitchView): { dpif: Dpif; port: DpPort }[] {
  const ports = view.backers().flatMap(({ dpif }) => dpif.ports().map((port) => ({ dpif, port })));
  return ports.filter(({ port }) => traitsOf(port.type).isDummy);
}

function receive(view: SwitchView, [name, ...words]: readonly string[]): string {
  const found = dummyPorts(view).find(({ port }) => port.name === name);
  if (found === undefined) throw new UnixctlError('no such dummy netdev');
  for (const frame of framesOf(words)) found.dpif.injectFrame(found.port.number, frame);
  view.wake();
  return '';
}

function framesOf(words: readonly string[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let i = 0; i < words.length; i++) {
    // There is one queue.
    if (words[i] === '--qid') i++;
    else if (words[i + 1] === '--len') frames.push(frameOf(words[i], lengthOf(words[(i += 2)])));
    else frames.push(frameOf(words[i], null));
  }
  return frames;
}

function lengthOf(text: string | undefined): number {
  const length = Number(text);
  if (text === undefined || !Number.isInteger(length) || length < 0 || length > LONGEST)
    throw new UnixctlError('too small or too large packet_len');
  return length;
}

function frameOf(text: string, length: number | null): Uint8Array {
  const bytes = parseHexBytes(text);
  if (bytes !== null) return bytes;
  try {
    const key = parseDpKey(text);
    const frame = compose(key, 0);
    if (length === null || length === frame.length) return frame;
    return compose(key, 0, { payloadSize: Math.max(0, USUAL_PAYLOAD + length - frame.length) });
  } catch (error) {
    throw error instanceof TextError ? new UnixctlError(error.message) : error;
  }
}

function setAdminState(view: SwitchView, args: readonly string[]): string {
  const state = args[args.length - 1];
  if (state !== 'up' && state !== 'down') throw new UnixctlError('Invalid Admin State');
  const ports = dummyPorts(view).filter(({ port }) => args.length === 1 || port.name === args[0]);
  if (ports.length === 0 && args.length > 1) throw new UnixctlError('Unknown Dummy Interface');
  for (const { dpif, port } of ports) dpif.setPortAdminUp(port.number, state === 'up');
  for (const backer of view.backers()) for (const bridge of backer) bridge.refreshPorts();
  return 'OK';
}
