/**
 * What the ports alone can do: `node ports.js PORT_A PORT_B SECONDS` forwards everything between two interfaces, with no
 * switch between them, and prints the rates once a second.
 */
import { PacketBatch } from '../../datapath/packet/batch.js';
import { PacketPort } from '../../datapath/ports/af-packet.js';
import type { Port } from '../../datapath/ports/port.js';
import { EpollPoller } from '../../datapath/ports/sys/poll.js';

/** Rounds without a packet before the forwarder sleeps. */
const IDLE_ROUNDS = 100;

const batch = new PacketBatch();

function forward(from: Port, to: Port): number {
  batch.clear();
  from.receive(batch);
  const count = batch.count;
  if (count === 0) return 0;
  for (let i = 0; i < count; i++) to.send(batch.packets[i]);
  to.flush();
  from.release();
  return count;
}

async function main(): Promise<void> {
  const [a, b] = [new PacketPort(process.argv[2]), new PacketPort(process.argv[3])];
  const seconds = Number(process.argv[4]);
  const poller = new EpollPoller();
  const fds = [...a.fds, ...b.fds];
  const report = { packets: 0, at: performance.now() };
  const end = report.at + seconds * 1000;
  let idle = 0;
  for (let now = report.at; now < end; now = performance.now()) {
    for (let i = 0; i < 64 && idle < IDLE_ROUNDS; i++) {
      const count = forward(a, b) + forward(b, a);
      report.packets += count;
      idle = count === 0 ? idle + 1 : 0;
    }
    if (idle >= IDLE_ROUNDS) {
      await poller.wait(fds, 100);
      idle = 0;
    }
    if (now - report.at >= 1000) {
      console.log(`${Math.round(report.packets / (now - report.at))} kpps`);
      report.packets = 0;
      report.at = now;
    }
  }
  console.log(JSON.stringify([a.stats(), b.stats()]));
  a.close();
  b.close();
  poller.close();
}

await main();
