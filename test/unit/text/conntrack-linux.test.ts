/** Connections in the forms of Linux. The lines are those of a Linux kernel and of conntrack-tools 1.4.7, but for the use count. */
import { expect, test } from 'vitest';
import { formatConnectionProc, formatConnectionTool } from '../../../src/text/conntrack-linux.js';
import type { Segment } from '../../helpers/segments.js';
import { TestTracker } from '../../helpers/tracker.js';

const A = { src: '10.7.0.1', dst: '10.7.0.2' };
const B = { src: '10.7.0.2', dst: '10.7.0.1' };
const TCP: Segment = { proto: 'tcp', ...A, sport: 36574, dport: 80 };
const ANSWER: Segment = { proto: 'tcp', ...B, sport: 80, dport: 36574 };

const ROWS: [name: string, packets: Segment[], zone: number, proc: string, tool: string][] = [
  [
    'udp',
    [{ proto: 'udp', ...A, sport: 48982, dport: 99 }],
    0,
    'ipv4     2 udp      17 60 src=10.7.0.1 dst=10.7.0.2 sport=48982 dport=99 [UNREPLIED] src=10.7.0.2 dst=10.7.0.1 sport=99 dport=48982 mark=0 zone=0 use=1',
    'udp      17 60 src=10.7.0.1 dst=10.7.0.2 sport=48982 dport=99 [UNREPLIED] src=10.7.0.2 dst=10.7.0.1 sport=99 dport=48982 mark=0 use=1',
  ],
  [
    'tcp',
    [
      { ...TCP, flags: 'S', seq: 1 },
      { ...ANSWER, flags: 'SA', seq: 1, ack: 2 },
      { ...TCP, flags: 'A', seq: 2, ack: 2 },
      { ...TCP, flags: 'FA', seq: 2, ack: 2 },
      { ...ANSWER, flags: 'FA', seq: 2, ack: 3 },
      { ...TCP, flags: 'A', seq: 3, ack: 3 },
    ],
    0,
    'ipv4     2 tcp      6 30 TIME_WAIT src=10.7.0.1 dst=10.7.0.2 sport=36574 dport=80 src=10.7.0.2 dst=10.7.0.1 sport=80 dport=36574 [ASSURED] mark=0 zone=0 use=1',
    'tcp      6 30 TIME_WAIT src=10.7.0.1 dst=10.7.0.2 sport=36574 dport=80 src=10.7.0.2 dst=10.7.0.1 sport=80 dport=36574 [ASSURED] mark=0 use=1',
  ],
  [
    'icmp in a zone',
    [
      { proto: 'icmp', ...A, id: 24108 },
      { proto: 'icmp', ...B, id: 24108, type: 0 },
    ],
    5,
    'ipv4     2 icmp     1 30 src=10.7.0.1 dst=10.7.0.2 type=8 code=0 id=24108 src=10.7.0.2 dst=10.7.0.1 type=0 code=0 id=24108 mark=0 zone=5 use=1',
    'icmp     1 30 src=10.7.0.1 dst=10.7.0.2 type=8 code=0 id=24108 src=10.7.0.2 dst=10.7.0.1 type=0 code=0 id=24108 mark=0 zone=5 use=1',
  ],
  [
    'icmpv6',
    [
      { proto: 'icmpv6', src: 'fd07::1', dst: 'fd07::2', id: 22893 },
      { proto: 'icmpv6', src: 'fd07::2', dst: 'fd07::1', id: 22893, type: 129 },
    ],
    0,
    'ipv6     10 icmpv6   58 30 src=fd07:0000:0000:0000:0000:0000:0000:0001 dst=fd07:0000:0000:0000:0000:0000:0000:0002 type=128 code=0 id=22893 src=fd07:0000:0000:0000:0000:0000:0000:0002 dst=fd07:0000:0000:0000:0000:0000:0000:0001 type=129 code=0 id=22893 mark=0 zone=0 use=1',
    'icmpv6   58 30 src=fd07::1 dst=fd07::2 type=128 code=0 id=22893 src=fd07::2 dst=fd07::1 type=129 code=0 id=22893 mark=0 use=1',
  ],
  [
    'gre',
    [{ proto: 'gre', ...A, payload: 'x' }],
    0,
    'ipv4     2 gre      47 60 src=10.7.0.1 dst=10.7.0.2 srckey=0x0 dstkey=0x0 [UNREPLIED] src=10.7.0.2 dst=10.7.0.1 srckey=0x0 dstkey=0x0 mark=0 zone=0 use=1',
    'gre      47 60 src=10.7.0.1 dst=10.7.0.2 srckey=0x0 dstkey=0x0 [UNREPLIED] src=10.7.0.2 dst=10.7.0.1 srckey=0x0 dstkey=0x0 mark=0 use=1',
  ],
];

test.each(ROWS)('%s', (_name, packets, zone, proc, tool) => {
  const tracker = new TestTracker();
  for (const s of packets) tracker.send(s, { commit: true, zone });
  expect(formatConnectionProc(tracker.only)).toBe(proc);
  expect(formatConnectionTool(tracker.only)).toBe(tool);
});

test('a protocol without a name', () => {
  const tracker = new TestTracker();
  tracker.send({ proto: 'gre', ...A, payload: 'x' }, { commit: true });
  const entry = { ...tracker.only, proto: 99 };
  const line = formatConnectionTool({
    ...entry,
    orig: { ...entry.orig, proto: 99 },
    reply: { ...entry.reply, proto: 99 },
  });
  expect(line).toBe('unknown  99 60 src=10.7.0.1 dst=10.7.0.2 [UNREPLIED] src=10.7.0.2 dst=10.7.0.1 mark=0 use=1');
});
