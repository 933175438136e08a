/**
 * Fills in test/vectors/messages.txt with what a local ovs-ofctl says to each row's bytes.
 *
 *     npm run build && node dist/scripts/vectors-messages.js
 *
 * A row is one line of hex; above it, each line led by `# `, stand the lines that `ovs-ofctl ofp-print` gives for it, or
 * `# bad NAME` if the bytes are an error. To add rows, add lines of hex and run this.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const PATH = 'test/vectors/messages.txt';
const HEAD = '## OpenFlow messages and what ovs-ofctl 3.1 prints of them. Made by scripts/vectors-messages.ts.';

const isError = (hex: string): boolean => hex.slice(2, 4) === '01';

function describe(hex: string): string[] {
  const { stdout, error } = spawnSync('ovs-ofctl', ['ofp-print', hex], { encoding: 'utf8' });
  if (error) throw new Error(`cannot run ovs-ofctl: ${error.message}. Install openvswitch-common.`);
  // An error message shows the request it is about, which may itself be bad.
  const own = isError(hex) ? stdout.split('\n')[0]! : stdout;
  const bad = /\*\*\*decode error: (\w+)\*\*\*/.exec(own);
  if (bad) return [`# bad ${bad[1]}`];
  return stdout
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => `# ${line}`);
}

const rows = readFileSync(PATH, 'utf8')
  .split('\n')
  .filter((line) => /^[0-9a-f]+$/.test(line));
const unique = [...new Set(rows)];
const lines = unique.flatMap((hex) => [...describe(hex), hex]);
writeFileSync(PATH, `${[HEAD, ...lines].join('\n')}\n`);
process.stdout.write(`${PATH}: ${unique.length} rows\n`);
