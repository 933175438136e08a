/**
 * Fills in test/vectors/{matches,actions,flows}.txt with what a local ovs-ofctl says to each row's text.
 *
 *     npm run build && node dist/scripts/vectors-from-ovs.js
 *
 * A row is `# VERSION TEXT` and below it the answer: the flow-mod as ovs-ofctl prints it, or `! ` and the error. To add rows,
 * add the `#` lines and run this. Rows that ovs-ofctl refuses for reasons that are the switch's business here (it checks
 * actions against the match before sending) are dropped, with a note.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILES = ['matches', 'actions', 'flows'].map((name) => `test/vectors/${name}.txt`);
const SWITCHS_BUSINESS = /actions are invalid with specified match|decode error|no usable protocol|none of the usable/;

interface Answer {
  text: string;
  isDropped: boolean;
}

function ask(version: string, flow: string): Answer {
  const protocol = `OpenFlow${version.replace('.', '')}`;
  const { stdout, stderr, error } = spawnSync('ovs-ofctl', ['-O', protocol, 'parse-flow', flow], { encoding: 'utf8' });
  if (error) throw new Error(`cannot run ovs-ofctl: ${error.message}. Install openvswitch-common.`);
  const all = stdout + stderr;
  if (SWITCHS_BUSINESS.test(all)) return { text: all.trim(), isDropped: true };
  const refused = stderr.split('\n').find((line) => line.startsWith('ovs-ofctl: '));
  if (refused !== undefined) return { text: `! ${refused.slice('ovs-ofctl: '.length)}`, isDropped: false };
  const flowMod = stdout.split('\n').find((line) => line.includes('FLOW_MOD'));
  return flowMod === undefined ? { text: all.trim(), isDropped: true } : { text: flowMod, isDropped: false };
}

function rewrite(path: string): void {
  const out: string[] = [];
  let isHead = true;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const row = /^# (1\.\d) (.*)$/.exec(line);
    if (row === null) {
      if (isHead && line.startsWith('##')) out.push(line);
      continue;
    }
    isHead = false;
    const answer = ask(row[1]!, row[2]!);
    if (answer.isDropped) console.error(`${path}: dropped "${row[2]}": ${answer.text.split('\n').at(-1)}`);
    else out.push(line, answer.text);
  }
  writeFileSync(path, `${out.join('\n')}\n`);
  console.log(`${path}: ${out.filter((line) => line.startsWith('# ')).length} rows`);
}

for (const path of FILES) rewrite(path);
