/** The examples, as users start them, with our switch and with the real one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { RealOvs } from '../helpers/real-ovs.js';
import { until } from '../helpers/tool.js';

const EXAMPLE = join(fileURLToPath(import.meta.url), '../../../dist/examples/learning-switch.js');
const PORT = 20_000 + (process.pid % 20_000);

const net = new Namespaces();
let left: Host;
let right: Host;
let controller: ChildProcess;

beforeEach(() => {
  left = net.add('10.0.0.1/24');
  right = net.add('10.0.0.2/24');
  controller = spawn(process.execPath, [EXAMPLE, `ptcp:${PORT}`], { stdio: ['ignore', 'inherit', 'inherit'] });
});
afterEach(() => {
  controller.kill();
  net.removeAll();
});

const ping = (count: number): number =>
  net.tryExec(left, ['ping', '-c', `${count}`, '-i', '0.2', '-W', '1', '10.0.0.2']).status;

async function expectLearned(dumpFlows: () => string): Promise<void> {
  await until('an answer', () => ping(1) === 0);
  expect(ping(3)).toBe(0);
  const learned = /n_packets=[1-9].* idle_timeout=60, .*dl_src=.*actions=output:/;
  expect(
    dumpFlows()
      .split('\n')
      .filter((line) => learned.test(line)).length,
  ).toBeGreaterThanOrEqual(2);
}

test('the learning switch makes hosts meet through our switch', async () => {
  const words = ['--bridge', `br0=${left.port},${right.port}`, '--controller', `br0=tcp:127.0.0.1:${PORT}`];
  const daemon = await Daemon.start(...words);
  try {
    await expectLearned(() => daemon.ofctl(['dump-flows', 'br0']));
  } finally {
    await daemon.stop();
  }
});

test('the learning switch makes hosts meet through the real Open vSwitch', async () => {
  const ovs = new RealOvs('netdev');
  try {
    ovs.addBridge('br0', [left.port, right.port]);
    ovs.vsctl(['set-controller', 'br0', `tcp:127.0.0.1:${PORT}`]);
    await expectLearned(() => ovs.ofctl(['dump-flows', 'br0']));
  } finally {
    ovs.stop();
  }
});
