import { expect, test } from 'vitest';
import { planOf, undoOf } from '../../../src/lab/plan.js';
import { Lab, type RunCommand } from '../../../src/lab/runner.js';
import { conntrackTutorial, twoHosts } from '../../../src/lab/topology.js';

const text = (commands: readonly (readonly string[])[]): string[] => commands.map((words) => words.join(' '));

test('the tutorial is made in this order', () => {
  expect(
    text(planOf({ ...conntrackTutorial, hosts: [conntrackTutorial.hosts[0]] }).map((step) => step.command)),
  ).toEqual([
    'ip netns add left',
    'ip link add veth_l0 type veth peer name veth_l1 address 02:00:00:00:00:01 netns left',
    'ip link set dev veth_l0 addrgenmode none',
    'ip link set veth_l0 up',
    'ip -n left link set dev veth_l1 addrgenmode none',
    'ip -n left link set lo up',
    'ip -n left link set veth_l1 up',
    'ip -n left route add default dev veth_l1',
    'ip -n left neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev veth_l1 nud permanent',
  ]);
});

test('hosts with addresses get them, and no default route', () => {
  const commands = text(planOf(twoHosts).map((step) => step.command));
  expect(commands).toContain('ip -n right addr add 10.0.0.2/24 dev veth_r1');
  expect(commands.filter((command) => command.includes('route'))).toEqual([]);
});

const UNDO = ['ip link del veth_r0', 'ip netns del right', 'ip link del veth_l0', 'ip netns del left'];

test('it is undone backwards', () => {
  expect(text(undoOf(planOf(conntrackTutorial)))).toEqual(UNDO);
});

/** Runs nothing; the command with these words in it fails. */
function recorder(failing?: string): { ran: string[]; run: RunCommand } {
  const ran: string[] = [];
  const run: RunCommand = (command) => {
    ran.push(command.join(' '));
    return failing !== undefined && command.join(' ').includes(failing) ? 'File exists' : null;
  };
  return { ran, run };
}

test('down removes what up has made, once', () => {
  const { ran, run } = recorder();
  const lab = Lab.up(planOf(conntrackTutorial), run);
  ran.length = 0;
  lab.down();
  lab.down();
  expect(ran).toEqual(UNDO);
});

test.each([
  ['netns add left', 'making the host left failed: File exists', []],
  ['add veth_l0', 'laying the cable from left to veth_l0 failed: File exists', ['ip netns del left']],
  ['netns add right', 'making the host right failed: File exists', ['ip link del veth_l0', 'ip netns del left']],
  ['neigh add 192', 'setting up right failed: File exists', UNDO],
])('when "%s" fails only what was made is removed', (failing, sentence, undone) => {
  const { ran, run } = recorder(failing);
  expect(() => Lab.up(planOf(conntrackTutorial), run)).toThrow(sentence);
  const failed = ran.findIndex((command) => command.includes(failing));
  expect(ran.slice(failed + 1)).toEqual(undone);
});
