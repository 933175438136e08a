/**
 * A load generator: UDP frames of many flows, one after the other, through an interface, from a process of its own.
 *
 *     node blaster.js INTERFACE SECONDS SIZE FLOWS [reverse]
 *
 * With SECONDS 0 each flow's frame is sent once. `reverse` sends what the other end would answer. Prints what was sent as JSON.
 */
import { store16 } from '../../datapath/base/bytes.js';
import { finish, sum } from '../../datapath/base/checksum.js';
import { Packet } from '../../datapath/packet/packet.js';
import { PacketPort } from '../../datapath/ports/af-packet.js';
import { systemMemory } from '../../datapath/ports/sys/memory.js';
import { type Tuple, tupleOf, udpFrame } from '../helpers/frames.js';

const BATCH = 64;

/** All frames in one memory that the kernel can read, a packet for each. */
function makePackets(count: number, size: number, reverse: boolean): Packet[] {
  const memory = systemMemory(count * size);
  return Array.from({ length: count }, (_, n) => {
    memory.bytes.set(frameOf(n, size, reverse), n * size);
    const packet = new Packet();
    Object.assign(packet, { bytes: memory.bytes, mem: memory.address, start: n * size, size });
    return packet;
  });
}

function frameOf(n: number, size: number, reverse: boolean): Uint8Array {
  const { src, dst, srcPort, dstPort } = tupleOf(n);
  const answer: Tuple = { src: dst, dst: src, srcPort: dstPort, dstPort: srcPort };
  const frame = udpFrame(reverse ? answer : { src, dst, srcPort, dstPort }, size);
  if (reverse) frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
  // The header's checksum, for trackers that look at it.
  store16(frame, 24, 0);
  store16(frame, 24, finish(sum(frame, 14, 20)));
  return frame;
}

function main(): void {
  const [name, seconds, size, flows] = [
    process.argv[2],
    Number(process.argv[3]),
    Number(process.argv[4]),
    Number(process.argv[5] ?? 1),
  ];
  const packets = makePackets(Math.max(flows, BATCH), size, process.argv[6] === 'reverse');
  const port = new PacketPort(name);
  const start = performance.now();
  const end = start + seconds * 1000;
  let next = 0;
  do {
    for (let i = 0; i < BATCH; i++) {
      port.send(packets[next]);
      if (++next === flows || next === packets.length) next = 0;
    }
    port.flush();
  } while (seconds > 0 ? performance.now() < end : next >= BATCH || port.stats().txPackets < flows);
  const { txPackets, txDropped } = port.stats();
  const perSecond = Math.round((txPackets * 1000) / (performance.now() - start));
  console.log(JSON.stringify({ sentPerSecond: perSecond, sent: txPackets, dropped: txDropped }));
  port.close();
}

main();
