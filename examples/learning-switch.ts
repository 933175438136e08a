/** A learning switch: node examples/learning-switch.ts [ptcp:PORT[:HOST] | punix:PATH] */
import { listen, type RemoteSwitch } from 'ctswitch/controller';
import { NO_BUFFER, OFPP } from 'ctswitch/openflow';
import { parseFlow } from 'ctswitch/text';

await listen(process.argv[2] ?? 'ptcp:6653', learn);

async function learn(remote: RemoteSwitch): Promise<void> {
  const portOf = new Map<string, number>();
  const addFlow = (text: string) => remote.send('flow_mod', parseFlow(`table=0,${text}`));
  addFlow('priority=0,actions=controller');
  for await (const message of remote) {
    if (message.name !== 'packet_in') continue;
    const { packet, metadata } = message.body;
    const inPort = Number(metadata.get('in_port')?.value);
    const [destination, source] = [mac(packet, 0), mac(packet, 6)];
    portOf.set(source, inPort);
    const port = portOf.get(destination) ?? OFPP.FLOOD;
    if (port !== OFPP.FLOOD) {
      addFlow(`idle_timeout=60,in_port=${inPort},dl_src=${source},dl_dst=${destination},actions=output:${port}`);
    }
    remote.send('packet_out', { inPort, bufferId: NO_BUFFER, packet, actions: [{ type: 'output', port }] });
  }
}

function mac(packet: Uint8Array, at: number): string {
  return [...packet.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
