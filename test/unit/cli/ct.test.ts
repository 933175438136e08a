/** `ctswitch ct`: what it refuses before it asks a daemon. */
import { expect, test } from 'vitest';
import { ct } from '../../../src/cli/commands/ct/index.js';
import { buildProgram } from '../../../src/cli/program.js';

const rows: [string, string][] = [
  ['', 'say what to do: list, count, flush, watch, stats, explain, '],
  ['lsit', 'say what to do: '],
  ['list x', 'list takes no words, but "x" was given'],
  ['fragments x', 'fragments takes no words, but "x" was given'],
  ['set', 'say what to set: NAME=VALUE'],
  ['set max_connections=5 --zone 5', 'set knows no --zone; see ctswitch ct --help'],
  ['settings --proto tcp', 'settings knows no --proto; see'],
  ['limits 5', 'limits takes nothing, or set ZONE=LIMIT..., or del ZONE...'],
  ['limits set', 'limits takes nothing, or set ZONE=LIMIT..., or del ZONE...'],
  ['limits set 5', 'a limit is ZONE=LIMIT, with a zone up to 65535 or default, and a number, not "5"'],
  ['limits set 5=x', 'not "5=x"'],
  ['limits set 65536=1', 'not "65536=1"'],
  ['limits set 5=4294967296', 'not "5=4294967296"'],
  ['limits set 5=1 all=1', 'not "all=1"'],
  ['limits del x', 'a zone is a number up to 65535, or default, not "x"'],
  ['limits del 65536', 'not "65536"'],
  ['timeouts 5 6', 'timeouts takes a zone, or set ZONE NAME=SECONDS..., or del ZONE [NAME...]'],
  ['timeouts set', 'say set ZONE NAME=SECONDS...'],
  ['timeouts set 5', 'say set ZONE NAME=SECONDS...'],
  ['timeouts del', 'say del ZONE [NAME...]'],
  ['list --limit 3', 'list knows no --limit; it takes those that choose connections, --format, --list, --color; see'],
  ['count --format ovs', 'count knows no --format; it takes those that choose connections, --list; see'],
  ['flush --events new', 'flush knows no --events; it takes those that choose connections; see'],
  ['stats --zone 5', 'stats knows no --zone; see'],
  ['explain --port 5', 'explain knows no --port; it takes --zone, --reason, --limit, --each; see'],
  ['watch --each', 'watch knows no --each'],
  ['list --color=red', "incorrect value `red' for --color"],
  ['list --zone', "option '--zone' requires an argument; see ctswitch ct --help"],
  ['list --zone --json', "option '--zone' requires an argument"],
  ['top -n', "option '-n' requires an argument"],
  ['top -n 0', '--limit takes a number from 1 on, not "0"'],
];

test.each(rows)('%s', async (words, message) => {
  const program = buildProgram([ct], '0');
  const asked = program.run(['ct', '--rundir', '/nonexistent', ...words.split(' ').filter((word) => word !== '')]);
  await expect(asked).rejects.toThrow(message);
});
