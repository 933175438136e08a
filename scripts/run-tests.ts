/**
 * Runs the tests, those of the system part side by side with the others, and closes with one plain line of totals.
 *
 * The system part needs root, namespaces and the real tools; where the machine does not allow it, it is counted as skipped and
 * the reason is printed - an error where CI=true, since a skipped test there would go unnoticed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

const TOOLS = [
  'ip',
  'ovs-ofctl',
  'ovs-appctl',
  'ovs-vswitchd',
  'ovs-testcontroller',
  'ping',
  'curl',
  'iperf3',
  'tcpdump',
  'ethtool',
  'nc',
  'python3',
  'lftp',
  'in.tftpd',
  'traceroute',
  'unshare',
];

/** Why this machine cannot run the system part, or null. */
function systemObstacle(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = TOOLS.filter((tool) => spawnSync('which', [tool], { env: searchPath() }).status !== 0);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const addNamespace =
    'process.exitCode = require("child_process").spawnSync("ip", ["netns", "add", "probe"]).status ?? 1';
  const probe = spawnSync('test/sandboxed-node', ['-e', addNamespace], { env: searchPath(), encoding: 'utf8' });
  if (probe.status !== 0) return `namespaces cannot be made here: ${lastLine(probe.stderr) || 'ip netns add fails'}`;
  return null;
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

const searchPath = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` });

function runTests(projects: readonly string[], filters: readonly string[]): Totals {
  const folder = mkdtempSync(join(tmpdir(), 'ctswitch-tests-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const chosen = projects.map((project) => `--project=${project}`);
    const args = ['run', '--config', 'vitest.all.config.ts', '--passWithNoTests', ...chosen, ...reporters, ...filters];
    const run = spawnSync('node_modules/.bin/vitest', args, { stdio: 'inherit', env: searchPath() });
    return readReport(report, run.status ?? 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path: string, status: number): Totals {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>;
    const failed = report.numFailedTests ?? 0;
    return {
      passed: report.numPassedTests ?? 0,
      // A file that does not load, or a leak after the tests, fails the run without failing a test.
      failed: failed === 0 && status !== 0 ? 1 : failed,
      skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const obstacle = systemObstacle();
if (obstacle !== null) console.log(`skipped: the system tests: ${obstacle}`);
const totals = runTests(obstacle === null ? ['fast', 'system'] : ['fast'], process.argv.slice(2));
if (obstacle !== null) totals.skipped++;
const isCi = process.env.CI === 'true';
if (isCi && totals.skipped > 0) console.log('skipped tests count as a failure where CI=true');
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 || (isCi && totals.skipped > 0) ? 1 : 0);
