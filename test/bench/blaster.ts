/**
 * A load generator: sends one frame over and over (its source address counting up, if asked) through an interface, from a
 * process of its own. `node blaster.js INTERFACE SECONDS SIZE [FLOWS]` prints the number of frames sent per second.
 */
import { Packet } from '../../datapath/packet/packet.js';
import { PacketPort } from '../../datapath/ports/af-packet.js';
import { systemMemory } from '../../datapath/ports/sys/memory.js';

const BATCH = 64;
const SLOT = 2048;

/** Ethernet, IPv4, UDP; the checksum of UDP is 0 (none), that of IPv4 right for the first source port only matters to L2. */
function frame(bytes: Uint8Array, at: number, size: number, flow: number): void {
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, (size - 14) >> 8, size - 14], at);
  bytes.set([0, 0, 0x40, 0, 64, 17, 0, 0, 10, (flow >> 16) & 0xff, 0, 1, 10, 0, 0, 2], at + 18);
  bytes.set([flow >> 8, flow, 0, 9, (size - 34) >> 8, size - 34, 0, 0], at + 34);
}

function main(): void {
  const [name, seconds, size, flows] = [process.argv[2], ...process.argv.slice(3).map(Number)] as [
    string,
    number,
    number,
    number?,
  ];
  const port = new PacketPort(name);
  const memory = systemMemory(SLOT * BATCH);
  const packets = Array.from({ length: BATCH }, (_, i) => {
    const packet = new Packet();
    Object.assign(packet, { bytes: memory.bytes, mem: memory.address, start: i * SLOT, size });
    return packet;
  });
  let flow = 0;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    for (let i = 0; i < BATCH; i++) {
      frame(memory.bytes, i * SLOT, size, flow);
      flow = (flow + 1) % (flows ?? 1);
      port.send(packets[i]);
    }
    port.flush();
  }
  const stats = port.stats();
  console.log(JSON.stringify({ sentPerSecond: Math.round(stats.txPackets / seconds), dropped: stats.txDropped }));
  port.close();
}

main();
