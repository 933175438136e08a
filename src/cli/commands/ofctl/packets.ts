/** Verbs about packets and the connection itself: packet-out, monitor, ping, probe, mod-port. */

import { OFPP } from '../../../openflow/action-types.js';
import type { MessageBodies, PacketOut, PortDesc } from '../../../openflow/message-types.js';
import { NO_BUFFER } from '../../../openflow/new-flow-mod.js';
import { parseActions } from '../../../text/action-parse.js';
import { type Names, parsePort } from '../../../text/names.js';
import { parsePacket, parsePacketOut } from '../../../text/packet-out.js';
import { print, printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { type OpenFlowClient, Refused } from './client.js';
import { connected } from './inspect.js';
import { asUserError, portNames, type VerbContext, type VerbRun } from './verb.js';

const PING_COUNT = 10;
const PING_SIZE = 64;
const LARGEST_PING = 65_527;
const FORMATS = ['openflow10', 'nxt_packet_in', 'nxt_packet_in2'];
const DEFAULT_FORMAT = 2;

const packetOut: VerbRun = (context, [bridge, ...words]) =>
  connected(context.connect(bridge!), async (client) => {
    const names = { ports: await portNames(client) };
    for (const body of packetsOf(words, names)) client.send('packet_out', body);
    const [error] = await client.barrier();
    if (error === undefined) return undefined;
    await printError(context.format(error, undefined, 2));
    throw new Refused();
  });

/** Either one text with everything in it, or IN_PORT ACTIONS PACKET... */
function packetsOf(words: readonly string[], names: Names): PacketOut[] {
  try {
    if (words.length === 1) return [parsePacketOut(words[0]!, names)];
    const [portText, actionText, ...frames] = words;
    const inPort = parsePort(portText!, names);
    if (inPort === null) throw new UserError(`${portText} is not a valid OpenFlow port`);
    const actions = parseActions(actionText!, names);
    return frames.map((frame) => ({ inPort, bufferId: NO_BUFFER, packet: parsePacket(frame), actions }));
  } catch (error) {
    throw asUserError(error);
  }
}

/** Prints what the switch sends until it is interrupted. */
const monitor: VerbRun = (context, [bridge, ...words]) => {
  const wanted = monitorOptions(words);
  return connected(context.connect(bridge!), async (client) => {
    await setUpMonitor(context, client, wanted);
    for (;;) await printError(context.format(await client.receive(), undefined, 2));
  });
};

interface MonitorOptions {
  missSendLen: number | null;
  invalidTtl: boolean;
}

function monitorOptions(words: readonly string[]): MonitorOptions {
  const options: MonitorOptions = { missSendLen: null, invalidTtl: false };
  for (const word of words) {
    if (word === 'invalid_ttl') options.invalidTtl = true;
    else if (/^\d+$/.test(word) && Number(word) <= 0xffff) options.missSendLen = Number(word);
    else throw new UserError(`${word}: unsupported "monitor" argument`);
  }
  return options;
}

async function setUpMonitor(context: VerbContext, client: OpenFlowClient, wanted: MonitorOptions): Promise<void> {
  if (wanted.missSendLen !== null || wanted.invalidTtl) {
    const { body } = await client.request('get_config_request', null);
    const config: MessageBodies['set_config'] = {
      ...body,
      invalidTtlToController: body.invalidTtlToController || wanted.invalidTtl,
    };
    if (wanted.missSendLen !== null) config.missSendLen = wanted.missSendLen;
    client.send('set_config', config);
  }
  const format = packetInFormat(context.args['packet-in-format']);
  if (format !== null || client.version < 6) client.send('set_packet_in_format', { format: format ?? DEFAULT_FORMAT });
  const [error] = await client.barrier();
  if (error !== undefined && format !== null) throw new UserError('failed to set packet in format');
}

function packetInFormat(text: string | undefined): number | null {
  if (text === undefined) return null;
  const format = FORMATS.indexOf(text);
  if (format < 0) throw new UserError(`unknown packet-in format "${text}"`);
  return format;
}

const ping: VerbRun = (context, [bridge, sizeText]) => {
  const size = sizeText === undefined ? PING_SIZE : Number(sizeText);
  if (!Number.isInteger(size) || size < 0 || size > LARGEST_PING)
    throw new UserError(`payload must be between 0 and ${LARGEST_PING} bytes`);
  return connected(context.connect(bridge!), async (client) => {
    for (let i = 0; i < PING_COUNT; i++) {
      const data = crypto.getRandomValues(new Uint8Array(size));
      const startMs = performance.now();
      const reply = await client.request('echo_request', { data });
      const ms = (performance.now() - startMs).toFixed(1);
      if (Buffer.compare(reply.body.data, data) !== 0) await print('Reply does not match request:\n');
      else await print(`${size} bytes from ${bridge}: xid=${reply.xid.toString(16).padStart(8, '0')} time=${ms} ms\n`);
    }
    return undefined;
  });
};

const probe: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    const reply = await client.request('echo_request', { data: new Uint8Array(0) });
    if (reply.body.data.length !== 0) throw new UserError('reply does not match request');
    return undefined;
  });

/** Bits of a port's configuration, the same in every version; `up`, `flood` and the like clear them. */
const PORT_CHANGES: Record<string, { bit: number; isSet: boolean }> = {
  up: { bit: 0x01, isSet: false },
  down: { bit: 0x01, isSet: true },
  stp: { bit: 0x02, isSet: false },
  'no-stp': { bit: 0x02, isSet: true },
  receive: { bit: 0x04, isSet: false },
  'no-receive': { bit: 0x04, isSet: true },
  'receive-stp': { bit: 0x08, isSet: false },
  'no-receive-stp': { bit: 0x08, isSet: true },
  flood: { bit: 0x10, isSet: false },
  'no-flood': { bit: 0x10, isSet: true },
  noflood: { bit: 0x10, isSet: true },
  forward: { bit: 0x20, isSet: false },
  'no-forward': { bit: 0x20, isSet: true },
  'packet-in': { bit: 0x40, isSet: false },
  'no-packet-in': { bit: 0x40, isSet: true },
};

const modPort: VerbRun = (context, [bridge, portText, action]) =>
  connected(context.connect(bridge!), async (client) => {
    const port = parsePort(portText!, { ports: await portNames(client) });
    const desc = (await allPorts(client)).find((row) => row.port === port);
    if (desc === undefined) throw new UserError(`${bridge}: couldn't find port \`${portText}'`);
    const change = Object.hasOwn(PORT_CHANGES, action!) ? PORT_CHANGES[action!] : undefined;
    if (change === undefined) throw new UserError(`unknown mod-port command '${action}'`);
    const { bit, isSet } = change;
    client.send('port_mod', { port: desc.port, mac: desc.mac, config: isSet ? bit : 0, mask: bit, advertise: 0 });
    const [error] = await client.barrier();
    if (error === undefined) return undefined;
    await printError(context.format(error, undefined, 2));
    throw new Refused();
  });

async function allPorts(client: OpenFlowClient): Promise<PortDesc[]> {
  if (client.version === 1) return (await client.request('features_request', null)).body.ports;
  const ports: PortDesc[] = [];
  for await (const part of client.requestAll('port_desc_request', { port: OFPP.NONE })) ports.push(...part.body.ports);
  return ports;
}

/** By verb (verbs.ts). */
export const RUNS = {
  'packet-out': packetOut,
  monitor: monitor,
  ping: ping,
  probe: probe,
  'mod-port': modPort,
} as const satisfies Record<string, VerbRun>;
