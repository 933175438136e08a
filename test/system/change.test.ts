/** A running daemon is changed as users do it: packets take the new way, and scripts learn from exit codes what became of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ChangeReport } from '../../src/switch/view.js';
import { Daemon, PROGRAM } from '../helpers/daemon.js';
import { type Host, Namespaces } from '../helpers/namespaces.js';
import { type ToolResult, tool } from '../helpers/tool.js';

/** A bridge is an interface of the machine: its name must not be anybody else's. */
const BRIDGE = `x${process.pid}`;

let namespaces: Namespaces;
let left: Host;
let right: Host;
let daemon: Daemon;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-change-'));
  namespaces = new Namespaces();
  left = namespaces.add('10.9.0.1/24');
  right = namespaces.add('10.9.0.2/24');
  daemon = await Daemon.start('--bridge', `${BRIDGE}=${left.port}`);
});

afterEach(async () => {
  await daemon.stop();
  namespaces.removeAll();
  rmSync(folder, { recursive: true });
});

const run = (...words: string[]): ToolResult =>
  tool(process.execPath, [...PROGRAM, ...words, '--rundir', daemon.folder]);
const reaches = (): boolean => namespaces.tryExec(left, ['ping', '-c', '1', '-W', '2', '10.9.0.2']).status === 0;

const lab = (ports: string, failMode: string): string => {
  const path = join(folder, 'lab.yaml');
  writeFileSync(path, `bridges:\n  ${BRIDGE}: {ports: [${ports}], fail_mode: ${failMode}}\n`);
  return path;
};

test('ports and settings, by words and by a file; connections and flows live on', () => {
  expect(run('port', 'add', BRIDGE, right.port, 'nosuch0')).toEqual({
    status: 1,
    out: `done    add port ${right.port} to bridge ${BRIDGE}\n`,
    err: `failed  add port nosuch0 to bridge ${BRIDGE}: there is no network interface nosuch0\n`,
  });
  expect(reaches()).toBe(true);
  daemon.ofctl(['add-flow', BRIDGE, 'priority=9,actions=normal']);

  const both = lab(`${left.port}, ${right.port}`, 'secure');
  expect(run('apply', '--dry-run', both)).toMatchObject({
    status: 0,
    out: `planned set the fail mode of bridge ${BRIDGE} to secure\n`,
  });
  expect(run('apply', both).status).toBe(0);
  expect(run('apply', both)).toEqual({ status: 0, out: '', err: '' });
  expect(daemon.ofctl(['dump-flows', BRIDGE]).match(/actions=NORMAL/g)).toHaveLength(1);
  expect(reaches()).toBe(true);

  const { status, out } = run('apply', '--json', lab(`${left.port}, nosuch0`, 'secure'));
  expect(status).toBe(2);
  expect((JSON.parse(out) as ChangeReport[]).map((report) => report.status)).toEqual(['done', 'failed']);
  expect(reaches()).toBe(false);

  expect(run('apply', lab(left.port, 'secur'))).toMatchObject({
    status: 1,
    err: expect.stringContaining('lab.yaml:2:'),
  });
  expect(run('port', 'set', left.port, 'mtu=1400', 'state=down').status).toBe(0);
  const rows = JSON.parse(run('port', 'list', '--json').out) as { name: string; mtu: number; state: string }[];
  expect(rows.find(({ name }) => name === left.port)).toMatchObject({ mtu: 1400, state: 'down' });
  expect(run('port', 'set', left.port, 'mtu=1500', 'stat=up')).toMatchObject({
    status: 1,
    err: expect.stringContaining('Did you mean state?'),
  });
  expect(run('bridge', 'del', BRIDGE).status).toBe(0);
  expect(run('bridge', 'list', '--json').out).toBe('[]\n');
});
