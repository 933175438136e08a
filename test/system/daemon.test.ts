/** The daemon as a program: what it refuses and how, how it ends, that nothing stays behind. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Daemon, PROGRAM } from '../helpers/daemon.js';
import { Namespaces } from '../helpers/namespaces.js';
import { mustRun, type ToolResult, tool, until } from '../helpers/tool.js';

/** A bridge is an interface of the machine: its name must not be anybody else's. */
const BRIDGE = `d${process.pid}`;
const DUMMY = ['--datapath', 'dummy', '--bridge', 'br0=dummy:p1,dummy:p2'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ctswitch-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program to its end, in the test's folder. */
const run = (...words: string[]): ToolResult =>
  tool(process.execPath, [...PROGRAM, 'run', ...words], { env: { OVS_RUNDIR: folder, OVS_LOGDIR: folder } });

const interfaces = (): string[] =>
  mustRun('ip', ['-br', 'link'])
    .split('\n')
    .map((line) => line.split(/[ @]/)[0]!);

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('what cannot work is refused in one sentence', () => {
  const refused = (words: string[], sentence: RegExp): void => {
    const before = readdirSync(folder);
    const { status, out, err } = run(...words);
    expect(err).toMatch(sentence);
    // Of a text with a mark under what is wrong, the text and the mark follow, indented.
    const sentences = err
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('  '));
    expect(sentences, err).toHaveLength(1);
    expect(out).toBe('');
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual(before);
    expect(interfaces()).not.toContain(BRIDGE);
  };

  test('a port that is not there', () => {
    refused(['--bridge', `${BRIDGE}=nosuchport`], /nosuchport/);
  });

  test('an interface that a second bridge has too', () => {
    refused(['--bridge', 'br0=dummy:p1', '--bridge', 'br1=dummy:p1', '--datapath', 'dummy'], /p1.*br0|p1.*br1/);
  });

  test('words that mean nothing', () => {
    refused(['--bridge', 'br0=foo:p1'], /"foo" is not a kind of port/);
    refused(['--bridge', '=p1'], /expected BRIDGE=VALUE|not a bridge name/);
    refused([...DUMMY, '--fail-mode', 'br0=maybe'], /maybe/);
    refused([...DUMMY, '--flows', 'br9=x.flows'], /br9/);
    refused([...DUMMY, '--listen', 'br0=ptcp:nonsense'], /nonsense/);
    refused([...DUMMY, '--nonsense'], /unrecognized option '--nonsense'/);
  });

  test('flow files: absent, and with a mistake at a line and column', () => {
    refused([...DUMMY, '--flows', `br0=${folder}/absent.flows`], /absent\.flows: No such file/);
    const flows = file('bad.flows', '# comment\ntcp,actions=drop\ntcp,tp_dst=http,actions=drop\n');
    refused([...DUMMY, '--flows', `br0=${flows}`], /bad\.flows:3:/);
    const unknownPort = file('port.flows', 'in_port=p9,actions=drop\n');
    refused([...DUMMY, '--flows', `br0=${unknownPort}`], /port\.flows:1.*p9/);
    const rejected = file('ct.flows', 'actions=ct(commit)\n');
    refused([...DUMMY, '--flows', `br0=${rejected}`], /ct\.flows:1/);
    const lacking = file('group.flows', '# comment\nactions=group:1\n');
    refused([...DUMMY, '--flows', `br0=${lacking}`], /group\.flows:2: .*OFPBAC_BAD_OUT_GROUP/);
    const group = 'group_id=1,type=all,bucket=output:p1\n';
    const twice = file('twice.groups', group + group);
    refused([...DUMMY, '--groups', `br0=${twice}`], /twice\.groups:2: .*OFPGMFC_GROUP_EXISTS/);
    refused([...DUMMY, '--groups', `br0=${file('bad.groups', 'group_id=1\n')}`], /bad\.groups:1: must specify a type/);
  });

  test('configuration files', () => {
    refused([join(folder, 'absent.yaml')], /absent\.yaml: No such file/);
    refused([file('syntax.yaml', 'bridges:\n  br0: [\n')], /syntax\.yaml:\d+:\d+/);
    refused([file('key.yaml', 'bridges:\n  br0:\n    portz: [a]\n')], /portz/);
    refused([file('type.yaml', 'bridges: 5\n')], /expected a mapping/);
  });

  test('paths that cannot be used, each named', () => {
    const occupied = file('occupied', '');
    refused(['--rundir', occupied, ...DUMMY], /run directory .*occupied.*: Not a directory; .*--rundir/);
    refused(
      ['--rundir', '/proc/nope', ...DUMMY],
      /run directory \/proc\/nope .*: No such file or directory; .*--rundir/,
    );
    refused(
      ['--log-file', `${folder}/no/x.log`, ...DUMMY],
      /log file .*no\/x\.log .*: No such file or directory; .*--log-file/,
    );
    refused(
      ['--pidfile', `${occupied}/x.pid`, ...DUMMY],
      /pidfile .*occupied\/x\.pid .*: Not a directory; .*--pidfile/,
    );
    refused(['--unixctl', `${folder}/no/x.ctl`, ...DUMMY], /no\/x\.ctl: No such file or directory/);
    refused([...DUMMY, '--flows', `br0=${folder}`], new RegExp(`${folder}: Is a directory`));
    refused([folder], new RegExp(`${folder}: Is a directory`));
  });

  test('no permission for the network', () => {
    // Without what makes root mighty, but still the owner of this checkout, wherever it lies.
    const words = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, ...PROGRAM, 'run', '--rundir', folder];
    const { status, err } = tool('setpriv', [...words, '--bridge', `${BRIDGE}=lo`]);
    expect(err.trimEnd().split('\n'), err).toHaveLength(1);
    expect(err).toMatch(/root|CAP_NET|permission|permitted/i);
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a run directory that is taken, whose daemon goes on', async () => {
    const daemon = await Daemon.start(...DUMMY);
    try {
      const { status, err } = run('--rundir', daemon.folder, ...DUMMY);
      expect(err).toMatch(new RegExp(`already running as pid ${daemon.pid}`));
      expect(status).toBe(1);
      expect(daemon.ofctl(['dump-flows', 'br0'])).toContain('NORMAL');
    } finally {
      await daemon.stop();
    }
  });
});

describe('the end', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('by %s, and a new start at once', async (signal) => {
    for (let i = 0; i < 2; i++) {
      const daemon = await Daemon.start('--bridge', `${BRIDGE}=tap:${BRIDGE}t`);
      expect(interfaces()).toEqual(expect.arrayContaining([BRIDGE, `${BRIDGE}t`]));
      daemon.signal(signal);
      expect(await daemon.ended()).toBe(0);
      expect(daemon.leftovers()).toEqual([]);
      expect(interfaces()).not.toContain(BRIDGE);
      expect(interfaces()).not.toContain(`${BRIDGE}t`);
      await daemon.stop();
    }
  });

  test('by ovs-appctl exit', async () => {
    const daemon = await Daemon.start(...DUMMY);
    expect(daemon.appctl('exit')).toBe('');
    expect(await daemon.ended()).toBe(0);
    expect(daemon.leftovers()).toEqual([]);
    await daemon.stop();
  });

  test('what was there before stays as it was', async () => {
    const hosts = new Namespaces();
    try {
      const host = hosts.add('10.2.2.1/24');
      const settings = () => mustRun('ip', ['-d', 'link', 'show', host.port]).replace(/\d+: /, '');
      const offloads = () => mustRun('ethtool', ['-k', host.port]);
      const before = [settings(), offloads()];
      const daemon = await Daemon.start('--bridge', `${BRIDGE}=${host.port}`);
      await daemon.stop();
      expect([settings(), offloads()]).toEqual(before);
    } finally {
      hosts.removeAll();
    }
  });

  test('killed outright, it leaves a pidfile and sockets that the next start removes', async () => {
    const first = await Daemon.start(...DUMMY);
    first.signal('SIGKILL');
    await first.ended();
    const { folder: rundir } = first;
    expect(existsSync(join(rundir, 'ovs-vswitchd.pid'))).toBe(true);
    const child = spawn(process.execPath, [...PROGRAM, 'run', '--rundir', rundir, ...DUMMY], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    await until('the second daemon', () => out.includes('ready'));
    expect(tool('ovs-ofctl', ['show', 'br0'], { env: { OVS_RUNDIR: rundir } }).status).toBe(0);
    child.kill('SIGTERM');
    await until('its end', () => child.exitCode !== null);
    expect(first.leftovers()).toEqual([]);
    rmSync(rundir, { recursive: true, force: true });
  });
});

test('--detach returns when the daemon works', async () => {
  const done = run('--detach', '--log-file=', ...DUMMY);
  expect(done).toEqual({ status: 0, out: '', err: '' });
  const env = { OVS_RUNDIR: folder };
  expect(tool('ovs-ofctl', ['show', 'br0'], { env }).status).toBe(0);
  expect(tool('ovs-appctl', ['version'], { env }).out).toMatch(/ctswitch/);
  const pid = Number(readFileSync(join(folder, 'ovs-vswitchd.pid'), 'utf8'));
  expect(tool('ovs-appctl', ['exit'], { env }).status).toBe(0);
  await until('its end', () => !existsSync(`/proc/${pid}`));
  expect(readdirSync(folder)).toEqual(['ovs-vswitchd.log']);
  const failed = run('--detach', '--bridge', `${BRIDGE}=nosuchport`);
  expect(failed.err).toMatch(/nosuchport/);
  expect(failed.status).toBe(1);
});

describe('the log', () => {
  test('lines as Open vSwitch writes them', async () => {
    const daemon = await Daemon.start('--log-file=', ...DUMMY);
    daemon.appctl('vlog/set', 'dbg');
    daemon.ofctl(['show', 'br0']);
    const lines = readFileSync(join(daemon.folder, 'ovs-vswitchd.log'), 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    lines.forEach((line, i) => {
      expect(line).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\|\d{5}\|\w+(\(\w+\))?\|(EMER|ERR|WARN|INFO|DBG)\|./,
      );
      expect(line.split('|')[1]).toBe(String(i + 1).padStart(5, '0'));
    });
    await daemon.stop();
  });

  test('lines of JSON', async () => {
    const daemon = await Daemon.start('--log-file=', '--log-format', 'json', ...DUMMY);
    const lines = readFileSync(join(daemon.folder, 'ovs-vswitchd.log'), 'utf8').trim().split('\n');
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ level: expect.anything(), msg: expect.any(String) });
    await daemon.stop();
  });

  test('vlog/reopen after a rotation', async () => {
    const daemon = await Daemon.start('--log-file=', ...DUMMY);
    const path = join(daemon.folder, 'ovs-vswitchd.log');
    mustRun('mv', [path, `${path}.1.log`]);
    daemon.appctl('vlog/reopen');
    expect(existsSync(path)).toBe(true);
    await daemon.stop();
  });
});

test('settings of the tracker from the start', async () => {
  const daemon = await Daemon.start(...DUMMY, '--ct', 'refused=drop', '--ct', 'max_connections=7');
  try {
    expect(daemon.appctl('ctswitch/ct-get', 'refused')).toBe(
      'refused_table_full=drop\nrefused_zone_limit=drop\nrefused_nat_exhausted=drop\n',
    );
    expect(daemon.appctl('dpctl/ct-get-maxconns')).toBe('7\n');
  } finally {
    await daemon.stop();
  }
});

describe('nobody reads what it says', () => {
  test('a reader that goes before it is ready neither ends it nor leaves anything behind', async () => {
    const words = [...PROGRAM, 'run', '--rundir', folder, '-v', 'console:dbg', ...DUMMY];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    child.stderr.once('data', () => child.stderr.destroy());
    const env = { OVS_RUNDIR: folder };
    await until('the daemon to work', () => tool('ovs-appctl', ['vlog/set', 'console:dbg'], { env }).status === 0);
    expect(tool('ovs-ofctl', ['dump-flows', 'br0'], { env }).status).toBe(0);
    child.kill('SIGTERM');
    await until('its end', () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a full disk under the log', async () => {
    const daemon = await Daemon.start('--log-file', '/dev/full', '-v', 'file:dbg', ...DUMMY);
    expect(daemon.err).toMatch(/\|vlog\|WARN\|the log file \/dev\/full cannot be written \(No space left on device\)/);
    daemon.ofctl(['show', 'br0']);
    expect(Number(daemon.appctl('coverage/read-counter', 'log_line_lost'))).toBeGreaterThan(2);
    await daemon.stop();
  });
});

describe('a daemon that has nothing to do says so, and runs', () => {
  test.each([
    [[], /^ctswitch run: there is no bridge, so nothing to do: .*--bridge NAME=PORT,PORT/],
    [
      ['--bridge', 'br0', '--datapath', 'dummy'],
      /^ctswitch run: br0 has no ports, so nothing to forward: --bridge br0=/,
    ],
  ])('%j', async (words, hint) => {
    const daemon = await Daemon.start(...words);
    await until('the hint', () => daemon.err.includes('\n'));
    expect(daemon.err).toMatch(hint);
    expect(daemon.err.trimEnd().split('\n')).toHaveLength(1);
    await daemon.stop();
  });
});

test('a configuration file does what words do', async () => {
  const groups = file('own.groups', 'group_id=3,type=all,bucket=output:p2\n');
  const flows = file('own.flows', 'priority=7,tcp,in_port=p1,actions=group:3\n');
  const yaml = file(
    'switch.yaml',
    `bridges:
  br0:
    datapath: dummy
    ports: ["dummy:p1", "dummy:p2"]
    groups: ["${groups}"]
    flows: ["${flows}"]
    fail_mode: secure
    datapath_id: "00000000000000ab"
conntrack:
  max_connections: 5
  tcp_sequence_check: false
  default_limit: 9
  timeouts: {udp_first: 11}
  zones:
    5: {limit: 4, timeouts: {tcp_established: 3600}}
`,
  );
  const daemon = await Daemon.start(yaml, '--ct', 'max_connections=6');
  expect(daemon.ofctl(['show', 'br0'])).toContain('dpid:00000000000000ab');
  expect(daemon.ofctl(['--no-stats', 'dump-flows', 'br0'])).toBe(' priority=7,tcp,in_port=1 actions=group:3\n');
  expect(daemon.appctl('ctswitch/ct-get')).toMatch(/^max_connections=6\ntcp_sequence_check=off\n/);
  expect(daemon.appctl('dpctl/ct-get-limits')).toBe('default limit=9\nzone=5,limit=4,count=0\n');
  expect(daemon.appctl('ctswitch/ct-get-timeouts')).toMatch(/ udp_first=11 .*\nzone=5 tcp_established=3600\n$/);
  await daemon.stop();
});

/** Sends bytes to a socket, hangs up, and waits until the other side has read it all and does so, too. */
function babble(path: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.end(bytes));
    socket
      .on('error', () => {})
      .on('close', () => resolve())
      .resume();
  });
}

test('garbage into the sockets does no harm', async () => {
  const daemon = await Daemon.start(...DUMMY);
  let seed = 7;
  const random = (size: number) =>
    Uint8Array.from({ length: size }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 24;
    });
  const sockets = [join(daemon.folder, 'br0.mgmt'), join(daemon.folder, `ovs-vswitchd.${daemon.pid}.ctl`)];
  const hello = Uint8Array.of(4, 0, 0, 8, 0, 0, 0, 1);
  for (const socket of sockets) {
    const tries: Uint8Array[] = [random(1), random(8), random(5000), random(200_000), new Uint8Array(70_000)];
    // Right headers around random bodies, of every type.
    for (let type = 0; type < 36; type++) {
      tries.push(Uint8Array.of(...hello, 4, type, 0, 64, 0, 0, 0, 2, ...random(56)));
    }
    tries.push(Uint8Array.of(...hello, 4, 14, 0, 4), Uint8Array.of(...hello, 4, 14, 0xff, 0xff));
    const json = ['{"method":', '[[[['.repeat(5000), '{"method":"x","params":[],"id":1}', '{"id":null}', '"'];
    for (const text of json) tries.push(new TextEncoder().encode(text));
    await Promise.all(tries.map((bytes) => babble(socket, bytes)));
  }
  expect(daemon.isAlive).toBe(true);
  expect(daemon.ofctl(['dump-flows', 'br0'])).toContain('NORMAL');
  expect(daemon.appctl('version')).toMatch(/ctswitch/);
  await daemon.stop();
});
