/** Every control command with arguments that make no sense: an answer or a sentence, never an internal error. */
import { expect, test } from 'vitest';
import { noStops } from '../../datapath/base/clock.js';
import { SwitchError } from '../../datapath/base/error.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { allCommands } from '../../src/appctl/all.js';
import type { SwitchView } from '../../src/switch/view.js';
import { UnixctlError } from '../../src/unixctl/registry.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const WEIRD = [
  'null',
  '1',
  '-1',
  '1e999',
  '"x"',
  '[]',
  '{}',
  '[null]',
  '{"toString":1}',
  '{"__proto__":null}',
  deep(50),
  deep(100_000),
];
const KEYS = [
  'filter',
  'watcher',
  'events',
  'from',
  'limit',
  'zone',
  'list',
  'format',
  'each',
  'count',
  'by',
  'datapath',
  'records',
  'sort',
];
const FILTERS = ['zone', 'id', 'proto', 'address', 'src', 'port', 'state', 'mark', 'label', 'nonsense', 'constructor'];

const WORDS: readonly string[] = [
  '', ' ', '-', '--', '-m', '--names', '--nope', '0', '-1', '65536', '99999999999999999999', '1e9', '0x', 'NaN', 'br0', 'p1', 'dummy@ovs-dummy',
  'zone=', 'zone=5', 'zone=x', 'default=1', 'zone=1,limit=', 'zone=1,limit=2', '=', 'a=b', ',', ':', '\0', '\u001b[31m', '\ud800', '__proto__', 'toString',
  'ct_nw_proto=6', 'ct_nw_src=1.1.1.1', 'udp_first=1', 'v4', 'v6', 'up', 'ANY:file:dbg', 'PATTERN:file:%m', 'PATTERN', 'in_port=1', 'filter=', 'type=x', 'pmd=1',
  'in_port(1),eth_type(0x0800)', 'ffffffffffffffffffffffff', '--len', '--qid', '00:00:00:00:00:01', 'x'.repeat(70_000), '{', 'null', '[]', deep(100_000),
  ...WEIRD.flatMap((value) => KEYS.map((key) => `{"${key}":${value}}`)),
  ...WEIRD.flatMap((value) => FILTERS.map((key) => `{"filter":{"${key}":${value}}}`)),
]; // biome-ignore format: a list

/** Those would take the test's own time or log away. */
const LEFT_OUT = new Set(['vlog/set', 'time/warp']);

function view(sw: VirtualSwitch): SwitchView {
  return {
    backers: () => [sw.backer],
    bridge: (name) => (name === 'br0' ? sw.bridge : null),
    bridgeSummaries: () => [],
    change: () => Promise.reject(new SwitchError('no changes here', { code: 'test' })),
    now: () => sw.now,
    wall: () => sw.clock.wall(),
    suspensions: noStops,
    stopTime: () => {},
    warpTime: () => {},
    wake: () => {},
    exit: () => {},
    reopenLog: () => false,
    closeLog: () => {},
  };
}

const commands = allCommands(view(new VirtualSwitch(1))).map(({ name }) => name);

test.each(commands.filter((name) => !LEFT_OUT.has(name)))('%s', async (name) => {
  const sw = new VirtualSwitch(2, 'actions=normal');
  const command = allCommands(view(sw)).find((row) => row.name === name)!;
  const random = new SeededRng(1);
  const most = Math.min(command.maxArgs, 4);
  const tries = most === 0 ? [[]] : WORDS.map((word) => [word]);
  for (let i = 0; i < 300 && most > 1; i++)
    tries.push(Array.from({ length: 1 + random.below(most) }, () => WORDS[random.below(WORDS.length)]!));
  for (const args of tries) {
    if (args.length < command.minArgs) continue;
    try {
      if (command.runJson !== undefined) await command.runJson(args);
      // Nobody waits for the events of a watch here.
      const answer = name === 'ctswitch/ct-watch-read' ? command.run(args) : await command.run(args);
      if (answer instanceof Promise) await Promise.race([answer, Promise.resolve()]);
      else if (typeof answer !== 'string') for (const _ of answer);
    } catch (error) {
      const isUsers = error instanceof UnixctlError || error instanceof SwitchError;
      expect(isUsers, `${name} ${args.map((arg) => arg.slice(0, 100)).join(' ')}: ${(error as Error).stack}`).toBe(
        true,
      );
    }
  }
});
