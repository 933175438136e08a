/** Open vSwitch's learning controller, `ovs-testcontroller`, makes hosts meet through our switch, whoever called whom. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Daemon } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { until } from '../helpers/tool.js';

const PORT = 20_000 + (process.pid % 20_000);

const net = new Namespaces();
let left: Host;
let right: Host;
let daemon: Daemon | null = null;
let controller: ChildProcess | null = null;

beforeEach(() => {
  left = net.add('10.0.0.1/24');
  right = net.add('10.0.0.2/24');
});
afterEach(async () => {
  controller?.kill();
  await daemon?.stop();
  net.removeAll();
});

function startController(...words: string[]): void {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/bin:/usr/sbin` };
  controller = spawn('ovs-testcontroller', ['--unixctl=none', '-vconsole:off', ...words], { env, stdio: 'ignore' });
}

const ping = (): number => net.tryExec(left, ['ping', '-c', '1', '-W', '1', '10.0.0.2']).status;

const bridge = (): string => `br0=${left.port},${right.port}`;

async function expectHostsMeet(): Promise<void> {
  await until('an answer', () => ping() === 0);
  expect(ping()).toBe(0);
  expect(daemon?.ofctl(['dump-flows', 'br0'])).toMatch(/icmp.*actions=output/);
}

test.each(['OpenFlow10', 'OpenFlow13', 'OpenFlow15'])('the switch calls a controller of %s', async (version) => {
  startController('-O', version, `ptcp:${PORT}:127.0.0.1`);
  daemon = await Daemon.start('--bridge', bridge(), '--controller', `br0=tcp:127.0.0.1:${PORT}`);
  await expectHostsMeet();
});

test('a controller calls the switch', async () => {
  const listen = ['--fail-mode', 'br0=secure', '--listen', `br0=ptcp:${PORT}`];
  daemon = await Daemon.start('--bridge', bridge(), ...listen);
  startController(`tcp:127.0.0.1:${PORT}`);
  await expectHostsMeet();
});
