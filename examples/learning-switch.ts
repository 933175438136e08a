/** A learning switch: node examples/learning-switch.ts [ptcp:PORT[:HOST] | punix:PATH] */
import {
  type Action,
  listen,
  Match,
  NO_BUFFER,
  newFlowMod,
  OFPP,
  PACKET_IN,
  type RemoteSwitch,
  WHOLE_PACKET,
} from 'node-openflow-protocol';

await listen(process.argv[2] ?? 'ptcp:6653', learn);

async function learn(remote: RemoteSwitch): Promise<void> {
  const portOf = new Map<bigint, number>();
  const addFlow = (match: Match, settings: { priority: number; idleTimeout?: number }, action: Action) => {
    const instructions = [{ type: 'apply_actions' as const, actions: [action] }];
    remote.send('flow_mod', { ...newFlowMod('add'), table: 0, match, instructions, ...settings });
  };
  addFlow(
    new Match(),
    { priority: 0 },
    { type: 'controller', maxLen: WHOLE_PACKET, reason: PACKET_IN.action, controllerId: 0 },
  );
  for await (const message of remote) {
    if (message.name !== 'packet_in') continue;
    const { packet, metadata } = message.body;
    const inPort = Number(metadata.get('in_port').value);
    const [destination, source] = [mac(packet, 0), mac(packet, 6)];
    portOf.set(source, inPort);
    const port = portOf.get(destination) ?? OFPP.FLOOD;
    if (port !== OFPP.FLOOD) {
      const match = new Match().set('in_port', BigInt(inPort)).set('eth_src', source).set('eth_dst', destination);
      addFlow(match, { priority: 1, idleTimeout: 60 }, { type: 'output', port });
    }
    remote.send('packet_out', { inPort, bufferId: NO_BUFFER, packet, actions: [{ type: 'output', port }] });
  }
}

function mac(packet: Uint8Array, at: number): bigint {
  return packet.subarray(at, at + 6).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
