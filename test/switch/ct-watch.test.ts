/** Watching connections, over a switch in process: what is told, to whom, and what becomes of slow readers. */

import { beforeEach, describe, expect, test } from 'vitest';
import { Commands } from '../helpers/commands.js';
import { frameOf, ipBytes } from '../helpers/segments.js';
import { answer, TWO_ZONES, tcp, udp, type Watched } from '../helpers/two-zones.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

let sw: VirtualSwitch;
let commands: Commands;

beforeEach(() => {
  sw = new VirtualSwitch(3, TWO_ZONES);
  commands = new Commands(sw);
});

const ENDS = { proto: 'tcp', src: '10.0.0.1', dst: '10.0.0.2' } as const;
const udpAnswer = (to: number) => frame(`udp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=53,tp_dst=${to}`);

describe('watch', () => {
  const open = (request: object = {}) => commands.ask<{ watcher: number }>('ct-watch', request);
  const read = (watcher: number) => commands.ask<Watched>('ct-watch-read', { watcher });

  test('beginning, changes and end, with their cause', async () => {
    const { watcher } = await open();
    sw.send('p1', tcp(4001, '+syn'));
    sw.send('p2', answer(4001, '+syn+ack'));
    sw.send('p1', tcp(4001, '+ack'));
    await commands.ask('ct-flush');
    const { events, lost } = await read(watcher);
    const told = events.map((event) => {
      if (event.event === 'state') return `${event.from} -> ${event.to}`;
      return event.event === 'destroy' ? `destroy ${event.cause}` : event.event;
    });
    expect(told).toEqual(['new', 'SYN_SENT -> ESTABLISHED', 'destroy flushed']);
    expect(lost).toBe(0);
  });

  test('every way to end has its cause, and is told when it happens: before what replaces it begins', async () => {
    const { watcher } = await open({ events: ['new', 'destroy'] });
    sw.addFlows('priority=60,ct_state=-trk,udp,in_port=2,actions=ct(commit,force,zone=5,table=1)');
    const play = async (...steps: [port: 'p1' | 'p2', frame: Uint8Array][]) => {
      for (const [port, bytes] of steps) sw.send(port, bytes);
      const { events } = await read(watcher);
      return events.map((event) => (event.event === 'destroy' ? event.cause : event.event));
    };
    type Step = [port: 'p1' | 'p2', frame: Uint8Array];
    const there = (flags: string, seq: number, ack = 1): Step => [
      'p1',
      frameOf(ipBytes({ ...ENDS, sport: 4001, dport: 80, flags, seq, ack })),
    ];
    const back = (flags: string, seq: number, ack: number): Step => [
      'p2',
      frameOf(ipBytes({ ...ENDS, src: ENDS.dst, dst: ENDS.src, sport: 80, dport: 4001, flags, seq, ack })),
    ];
    const opened = [there('S', 0), back('SA', 0, 1), there('A', 1)];
    const closed = [there('FA', 1), back('FA', 1, 2), there('A', 2, 2)];
    expect(await play(...opened, ...closed, there('S', 0))).toEqual(['new', 'reopened', 'new']);
    expect(await play(back('RA', 0, 1), ['p1', udp(7)], ['p2', udpAnswer(7)])).toEqual(['new', 'forced', 'new']);
    // A watcher has to be read now and then; something new each time keeps the reading from waiting.
    const later = async (proto: string) => {
      const causes = new Set<string>();
      for (let i = 0; i < 5; i++) {
        sw.advance(25_000);
        sw.send('p1', udp(9000 + i));
        for (const event of (await read(watcher)).events)
          if (event.event === 'destroy' && event.conn.proto === proto) causes.add(event.cause);
      }
      return [...causes];
    };
    expect(await later('tcp')).toEqual(['reset']);
    expect(await play(...opened, ...closed)).toEqual(['new']);
    expect(await later('tcp')).toEqual(['closed']);
    expect(await later('udp')).toEqual(['expired']);
  });

  test('only what is wanted', async () => {
    const { watcher } = await open({ filter: { proto: 'udp' }, events: ['destroy'] });
    sw.send('p1', tcp(4001, '+syn'), udp(4001));
    await commands.ask('ct-flush');
    const { events } = await read(watcher);
    expect(events.map((event) => event.event)).toEqual(['destroy']);
  });

  test('a slow reader loses events, and is told how many', async () => {
    const { watcher } = await open();
    for (let port = 1; port <= 5000; port++) sw.send('p1', udp(port));
    const { events, lost } = await read(watcher);
    expect(events).toHaveLength(4096);
    expect(lost).toBe(5000 - 4096);
    sw.send('p1', udp(6000));
    expect(await read(watcher)).toMatchObject({ lost: 0, events: [{ event: 'new' }] });
  });

  test('a reading waits for the first event', async () => {
    const { watcher } = await open();
    const reading = read(watcher);
    sw.send('p1', udp(1));
    expect((await reading).events).toHaveLength(1);
  });

  test('nobody observes the tracker when nobody watches', async () => {
    const { conntrack } = sw.datapath;
    const { watcher } = await open();
    expect(conntrack.observer).not.toBeNull();
    await commands.ask('ct-watch-close', { watcher });
    expect(conntrack.observer).toBeNull();
  });

  test('a watcher that nobody reads is forgotten', async () => {
    const { watcher } = await open();
    sw.advance(31_000);
    sw.send('p1', udp(1));
    expect(sw.datapath.conntrack.observer).toBeNull();
    expect(await commands.error('ctswitch/ct-watch-read', JSON.stringify({ watcher }))).toContain('no watcher');
  });

  test('watchers are few', async () => {
    for (let i = 0; i < 16; i++) await open();
    expect(await commands.error('ctswitch/ct-watch', '{}')).toBe('there are 16 watchers already');
  });
});
