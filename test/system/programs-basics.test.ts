/**
 * Real hosts behind the programs of flows/ that do not track: what may pass does, what may not does not, on our switch and on Open vSwitch.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { ProgramName } from '../../src/lab/program-labs.js';
import { LISTEN, type Running } from '../helpers/host-programs.js';
import { KINDS, ProgramLab } from '../helpers/program-lab.js';
import { until } from '../helpers/tool.js';

const LOST = '100% packet loss';
const ALL = ' 0% packet loss';

/** Frames of these types in what a listener has said. */
const ICMP = / 0800 01$/gm;
const ICMP_TO_H2 = />02:00:00:00:00:02 0800 01$/gm;
const ICMP_TO_H3 = />02:00:00:00:00:03 0800 01$/gm;
const ARP_BROADCASTS = />ff:ff:ff:ff:ff:ff 0806 $/gm;
const SOLICITATIONS = />33:33:ff:.* 86dd 3a$/gm;

describe.each(KINDS)('%s', (kind) => {
  let lab: ProgramLab;
  afterEach(() => lab.stop());
  const start = async (program: ProgramName): Promise<void> => {
    lab = await ProgramLab.start(kind, program);
  };

  /** What comes in at the host from now on. */
  async function listen(host: string): Promise<(frames: RegExp) => number> {
    const listener: Running = lab.start(host, 'python3', '-c', LISTEN, 'eth0');
    await until('the listener', () => listener.text() !== '');
    return (frames) => listener.text().match(frames)?.length ?? 0;
  }

  test('hub: the third host hears what the others say', async () => {
    await start('hub');
    const heard = await listen('h3');
    expect(lab.ping('h1', '10.0.0.2')).toContain(ALL);
    expect(lab.ping('h1', 'fd00::2')).toContain(ALL);
    await until('both pings and their answers', () => heard(ICMP) === 4);
  });

  test('learning switch: who has been heard is sent to, and nobody else hears it', async () => {
    await start('l2-learning');
    for (const host of ['h1', 'h2', 'h3']) lab.ping(host, '10.0.0.1');
    const heard = await listen('h3');
    expect(lab.ping('h1', '10.0.0.2')).toContain(ALL);
    expect(lab.ping('h1', 'fd00::2')).toContain(ALL);
    // What was said before this has been heard before it.
    expect(lab.ping('h1', '10.0.0.3')).toContain(ALL);
    await until('the last ping', () => heard(ICMP_TO_H3) === 2);
    expect(heard(ICMP_TO_H2)).toBe(0);
    expect(lab.ping('h1', '10.0.0.9')).toContain(LOST);
    await until('the question for nobody', () => heard(ARP_BROADCASTS) > 0);
  });

  test('access list: by network, by port, by direction', async () => {
    await start('stateless-acl');
    for (const port of [80, 443, 22, 8080]) await lab.serve('server', port, `at ${port}`);
    await lab.serve('clients', 80, 'client');
    const from = (source: string, url: string): string => lab.fetch('clients', url, '--interface', source);
    const isBlocked = (source: string, url: string): boolean => lab.isBlocked('clients', url, '--interface', source);
    expect(from('10.0.2.1', '10.0.0.80/')).toBe('at 80 10.0.2.1');
    expect(from('10.0.2.1', '10.0.0.80:443/')).toBe('at 443 10.0.2.1');
    expect(from('10.0.1.1', '10.0.0.80:22/')).toBe('at 22 10.0.1.1');
    expect(isBlocked('10.0.2.1', '10.0.0.80:22/')).toBe(true);
    expect(isBlocked('10.0.2.1', '10.0.0.80:8080/')).toBe(true);
    expect(isBlocked('192.0.2.7', '10.0.0.80/')).toBe(true);
    expect(lab.isBlocked('server', '10.0.2.1/')).toBe(true);
    expect(lab.ping('clients', '10.0.0.80')).toContain(ALL);
    expect(lab.ping('server', '10.0.2.1')).toContain(LOST);
    // No error is let through, for there is no way to tell whether it is about anything.
    expect(lab.ask('clients', '10.0.0.80', 9)).toBe('silence');
  });

  test('trunk between two switches: each VLAN is a network of its own', async () => {
    await start('vlan-trunk');
    for (const [host, port] of [
      ['a3', 80],
      ['b2', 80],
      ['a4', 80],
    ] as const)
      await lab.serve(host, port, host);
    expect(lab.ping('a1', '10.0.0.2')).toContain(ALL);
    expect(lab.fetch('a1', '10.0.0.3/')).toBe('a3 10.0.0.1');
    expect(lab.fetch('b1', '10.0.0.3/')).toBe('b2 10.0.0.1');
    expect(lab.fetch('a2', '10.0.0.4/')).toBe('a4 10.0.0.2');
    expect(lab.isBlocked('b1', '10.0.0.4/')).toBe(true);
    expect(lab.ping('b2', '10.0.0.2')).toContain(LOST);
    // Nor does a host hear who is asked for in the other VLAN.
    const heard = await listen('a2');
    expect(lab.ping('b1', '10.0.0.2')).toContain(LOST);
    expect(lab.ping('a1', '10.0.0.2')).toContain(ALL);
    await until('the last ping', () => heard(ICMP_TO_H2) === 2);
    expect(heard(ARP_BROADCASTS)).toBe(0);
  });

  test('ARP responder: no host hears a question, known ones are reached', async () => {
    await start('arp-responder');
    const heard = await listen('h3');
    for (const address of ['10.0.0.9', 'fd00::9']) expect(lab.ping('h1', address), address).toContain(LOST);
    for (const address of ['10.0.0.2', 'fd00::2', 'fd00::3', '10.0.0.3'])
      expect(lab.ping('h1', address), address).toContain(ALL);
    await until('the last ping', () => heard(ICMP_TO_H3) === 2);
    expect(heard(ARP_BROADCASTS)).toBe(0);
    expect(heard(SOLICITATIONS)).toBe(0);
  });
});
