/**
 * Frames of an attack at a steady rate, from a process of its own: `node attacker.js INTERFACE SECONDS PER_SECOND KIND`, the kinds being
 * those of attacks.ts.
 */
import { Packet } from '../../datapath/packet/packet.js';
import { PacketPort } from '../../datapath/ports/af-packet.js';
import { systemMemory } from '../../datapath/ports/sys/memory.js';
import { ATTACK_FRAME, ATTACKS, type AttackKind } from './attacks.js';

const SIZE = ATTACK_FRAME.length;
const BATCH = 64;

function makePackets(bytes: Uint8Array, address: number): Packet[] {
  return Array.from({ length: BATCH }, (_, n) => {
    bytes.set(ATTACK_FRAME, n * SIZE);
    return Object.assign(new Packet(), { bytes, mem: address, start: n * SIZE, size: SIZE });
  });
}

async function main(): Promise<void> {
  const [name, seconds, perSecond, kind] = process.argv.slice(2);
  const change = ATTACKS[kind as AttackKind];
  const { bytes, address } = systemMemory(BATCH * SIZE);
  const packets = makePackets(bytes, address);
  const port = new PacketPort(name);
  const start = performance.now();
  for (let sent = 0, now = start; now - start < Number(seconds) * 1000; now = performance.now()) {
    const due = Math.min(BATCH, Math.floor(((now - start) * Number(perSecond)) / 1000) - sent);
    for (let i = 0; i < due; i++) {
      change(bytes, i * SIZE);
      port.send(packets[i]);
    }
    port.flush();
    sent += due;
    if (due < BATCH) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  console.log(JSON.stringify(port.stats()));
  port.close();
}

await main();
