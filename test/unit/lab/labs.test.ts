/** The laboratories of the programs: one for each program, with all cables plugged in, and the words that start its switch. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LABS, runWords } from '../../../src/lab/labs.js';
import { planOf } from '../../../src/lab/plan.js';
import type { Topology } from '../../../src/lab/topology.js';
import { configFromWords } from '../../../src/switch/config-words.js';
import { parsePort } from '../../../src/switch/port-config.js';
import { FLOWS } from '../../helpers/flow-program.js';

test('each program has one', () => {
  const programs = readdirSync(FLOWS).flatMap((name) => /^(.+)\.flows$/.exec(name)?.slice(1) ?? []);
  expect(Object.keys(LABS).sort()).toEqual([...programs, 'two-hosts'].sort());
});

describe.each(Object.entries<Topology>(LABS))('%s', (name, topology) => {
  const { hosts, links, bridges } = topology;

  test('every cable leads to one bridge', () => {
    const cables = [...hosts.map(({ port }) => port), ...links.flat()];
    expect(bridges.flatMap(({ ports }) => ports).sort()).toEqual([...cables].sort());
    expect(new Set(cables).size).toBe(cables.length);
    for (const cable of cables) expect(cable.length, cable).toBeLessThanOrEqual(15);
  });

  test('its switch is a configuration, with the program of its name', () => {
    const words = runWords(topology, 'flows');
    const valuesOf = (option: string): string[] => words.filter((_, i) => words[i - 1] === option);
    const config = configFromWords({
      bridge: valuesOf('--bridge'),
      groups: valuesOf('--groups'),
      flows: valuesOf('--flows'),
      failMode: valuesOf('--fail-mode'),
      listen: [],
      controller: [],
      ct: [],
      datapath: 'netdev',
    });
    expect(config.bridges.map(({ ports }) => ports)).toEqual(bridges.map(({ ports }) => ports.map(parsePort)));
    const main = config.bridges.find((bridge) => bridge.name === 'br0');
    expect(main?.flowFiles).toEqual(name === 'two-hosts' ? [] : [`flows/${name}.flows`]);
    const groups = existsSync(join(FLOWS, `${name}.groups`)) ? [`flows/${name}.groups`] : [];
    expect(main?.groupFiles).toEqual(groups);
  });
});

test('a cable between bridges, routes, and a host that forwards', () => {
  const commands = planOf(LABS['nat-gateway']).map(({ command }) => command.join(' '));
  expect(commands).toContain('ip link add inside-up type veth peer name inside-down');
  expect(commands).toContain('ip link set inside-down up');
  expect(commands).toContain('ip -n a route add default via 10.0.0.254');
  expect(commands).toContain('ip netns exec outside sysctl -qw net.ipv4.ip_forward=1');
  const six = planOf(LABS['stateful-firewall']).map(({ command }) => command.join(' '));
  expect(six).toContain('ip -n inside -6 route add default via fd00::2');
  const quick = six.indexOf('ip netns exec inside sysctl -qw net.ipv6.conf.eth0.accept_dad=0');
  expect(quick).toBeGreaterThan(0);
  expect(quick).toBeLessThan(six.indexOf('ip -n inside link set eth0 up'));
});
