/**
 * Runs the test suites one after the other and closes with one plain line of totals.
 *
 * The system suite needs root, namespaces and the real tools; where the machine does not allow it, it is counted as skipped and
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

interface Suite {
  name: string;
  config: string;
  /** Why this machine cannot run it, or null. */
  obstacle(): string | null;
}

const TOOLS = [
  'ip',
  'ovs-ofctl',
  'ovs-appctl',
  'ovs-vswitchd',
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

const SUITES: readonly Suite[] = [
  { name: 'unit, model, switch, fuzz', config: 'vitest.config.ts', obstacle: () => null },
  { name: 'system', config: 'vitest.system.config.ts', obstacle: systemObstacle },
];

function systemObstacle(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = TOOLS.filter((tool) => spawnSync('which', [tool], { env: searchPath() }).status !== 0);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  const probe = `ctswitch-probe-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', probe]).status !== 0) return 'network namespaces cannot be made here';
  spawnSync('ip', ['netns', 'del', probe]);
  return null;
}

const searchPath = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` });

function runSuite(suite: Suite, filters: readonly string[]): Totals {
  const obstacle = suite.obstacle();
  if (obstacle !== null) {
    console.log(`skipped: the ${suite.name} tests: ${obstacle}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const folder = mkdtempSync(join(tmpdir(), 'ctswitch-tests-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const args = ['vitest', 'run', '--config', suite.config, '--passWithNoTests', ...reporters, ...filters];
    const run = spawnSync('npx', args, { stdio: 'inherit', env: searchPath() });
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

const filters = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const suite of SUITES) {
  const { passed, failed, skipped } = runSuite(suite, filters);
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}
const isCi = process.env.CI === 'true';
if (isCi && totals.skipped > 0) console.log('skipped tests count as a failure where CI=true');
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed > 0 || totals.passed === 0 || (isCi && totals.skipped > 0) ? 1 : 0);
