/** What a switch in process tells, and to whom: any number of listeners, nobody at no cost, slow ones with a count of what they lost. */
import { beforeEach, describe, expect, test } from 'vitest';
import { EventHub } from '../../src/events/hub.js';
import type { SwitchEvent } from '../../src/events/kinds.js';
import { EventQueue } from '../../src/events/queue.js';
import { PathRecorder } from '../../src/inspect/path-recorder.js';
import { OfConnection } from '../../src/ofproto/connection.js';
import { Commands } from '../helpers/commands.js';
import { answer, TWO_ZONES, tcp, udp, type Watched } from '../helpers/two-zones.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

let sw: VirtualSwitch;

beforeEach(() => {
  sw = new VirtualSwitch(3, TWO_ZONES);
});

const places = () => [sw.datapath.observer, sw.datapath.conntrack.observer, sw.bridge.ofproto.observer];

test('two watchers and two path recorders at the same time are all told', async () => {
  const commands = new Commands(sw);
  const open = (request: object) => commands.ask<{ watcher: number }>('ct-watch', request);
  const [all, ends] = [await open({}), await open({ filter: { proto: 'udp' }, events: ['destroy'] })];
  const recorders = [new PathRecorder(sw.backer.events), new PathRecorder(sw.backer.events)];
  sw.send('p1', tcp(4001, '+syn'), udp(9));
  sw.send('p2', answer(4001, '+syn+ack'));
  await commands.ask('ct-flush');
  const told = async ({ watcher }: { watcher: number }) =>
    (await commands.ask<Watched>('ct-watch-read', { watcher })).events.map(({ event }) => event);
  expect(await told(all)).toEqual(['new', 'new', 'state', 'destroy', 'destroy']);
  expect(await told(ends)).toEqual(['destroy']);
  for (const recorder of recorders) {
    const paths = recorder.take();
    expect(paths.map(({ rules, tracked, sentTo }) => [rules.length, tracked.length, sentTo])).toEqual([
      [2, 1, [2]],
      [2, 1, [2]],
      [2, 1, [1]],
    ]);
  }
  // One that goes leaves the others.
  recorders[0]!.stop();
  await commands.ask('ct-watch-close', all);
  sw.send('p1', udp(10));
  expect(recorders[0]!.take()).toEqual([]);
  expect(recorders[1]!.take()).toHaveLength(1);
  await commands.ask('ct-flush');
  expect(await told(ends)).toEqual(['destroy']);
});

test('nobody observes datapath, tracker and OpenFlow switch when nobody listens to them', () => {
  const { events } = sw.backer;
  expect(places()).toEqual([null, null, null]);
  const stops = [events.listen(['rx'], () => {}), events.listen(['tx', 'conn'], () => {})];
  expect(places().map((observer) => observer !== null)).toEqual([true, true, false]);
  stops[0]!();
  expect(places().map((observer) => observer !== null)).toEqual([true, true, false]);
  stops[1]!();
  expect(places()).toEqual([null, null, null]);
});

test('each kind is told: a packet on its way, a rule, a port', () => {
  const told: SwitchEvent[] = [];
  const kinds = ['rx', 'flow', 'miss', 'translated', 'ct', 'tx', 'drop', 'conn', 'refused', 'rule', 'port'] as const;
  sw.backer.events.listen<SwitchEvent['kind']>(kinds, (event) => told.push(event));
  const take = () => told.splice(0).map(({ kind }) => kind);
  const first = ['rx', 'miss', 'translated', 'conn', 'ct', 'miss', 'translated', 'tx'];
  sw.send('p1', udp(1));
  expect(take().sort()).toEqual([...first].sort());
  sw.send('p1', udp(1));
  expect(take()).toEqual(['rx', 'flow', 'conn', 'ct', 'flow', 'tx']);
  sw.send('p3', udp(2));
  expect(take()).toContain('drop');
  sw.datapath.conntrack.maxConnections = 1;
  sw.send('p1', udp(3));
  expect(take()).toContain('refused');
  sw.addFlows('table=7,priority=3,tcp,actions=drop');
  sw.addFlows('table=7,priority=3,tcp,actions=1');
  expect(told.splice(0)).toMatchObject([
    { kind: 'rule', bridge: 'br0', change: 'added', rule: { table: 7, priority: 3 } },
    { kind: 'rule', bridge: 'br0', change: 'changed', rule: { table: 7, priority: 3 } },
  ]);
  sw.bridge.removePort(3);
  expect(told.splice(0)).toMatchObject([
    { kind: 'port', bridge: 'br0', change: { reason: 'delete', desc: { port: 3 } } },
  ]);
});

test('sessions are told as they begin and end', () => {
  const told: boolean[] = [];
  sw.backer.events.listen(['session'], ({ isOpen }) => told.push(isOpen));
  const connection = new OfConnection('service', 4, { push: () => {}, sendError: () => {} });
  sw.bridge.ofproto.addConnection(connection);
  sw.bridge.ofproto.removeConnection(connection);
  expect(told).toEqual([true, false]);
});

describe('a queue', () => {
  const rx = (packet: number) => ({ kind: 'rx', packet, port: 1, size: 60 }) as const;

  test('asks its filter before it makes anything, keeps what there is room for, and counts the rest', () => {
    const hub = new EventHub();
    const made: number[] = [];
    const queue = EventQueue.of(hub, {
      kinds: ['rx'],
      limit: 2,
      accepts: ({ packet }) => packet % 2 === 0,
      make: ({ packet }) => {
        made.push(packet);
        return `packet ${packet}`;
      },
    });
    for (let packet = 1; packet <= 10; packet++) hub.emit(rx(packet));
    expect(made).toEqual([2, 4]);
    expect(queue.take()).toEqual({ events: ['packet 2', 'packet 4'], lost: 3 });
    expect(queue.take()).toEqual({ events: [], lost: 0 });
    queue.close();
    expect(hub.wants('rx')).toBe(false);
    hub.emit(rx(12));
    expect(queue.isEmpty).toBe(true);
  });

  test('may be closed by what it is told', () => {
    const hub = new EventHub();
    const seen: number[] = [];
    const stop = hub.listen(['rx'], () => stop());
    hub.listen(['rx'], ({ packet }) => seen.push(packet));
    hub.emit(rx(1));
    hub.emit(rx(2));
    expect(seen).toEqual([1, 2]);
  });
});
