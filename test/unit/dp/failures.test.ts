/** Something on the packet path throws: it costs what was under way, and neither other ports nor what comes later. */
import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import { Datapath } from '../../../datapath/dp/datapath.js';
import { DP_WORDS } from '../../../datapath/keys/layout.js';
import { DummyPort } from '../../../datapath/ports/dummy.js';

const frame = (to: number): Uint8Array => {
  const bytes = new Uint8Array(60);
  bytes.set([2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, 0xaa, 0x88, 0xb5]);
  return bytes;
};

/** A port of which one part fails as often as it is told. */
class Failing extends DummyPort {
  readonly fails = { receive: 0, send: 0, flush: 0, release: 0 };

  private may(part: keyof Failing['fails']): void {
    if (this.fails[part]-- > 0) throw new Error(`${part} failed`);
  }

  override receive(...args: Parameters<DummyPort['receive']>): void {
    this.may('receive');
    super.receive(...args);
  }

  override send(...args: Parameters<DummyPort['send']>): void {
    this.may('send');
    super.send(...args);
  }

  override flush(): void {
    this.may('flush');
    super.flush();
  }

  override release(): void {
    this.may('release');
    super.release();
  }
}

/** Port 1 forwards to port 3, port 2 likewise; every flow is recirculated once. */
function bench(): { datapath: Datapath; ports: Failing[]; fail: { upcalls: number } } {
  const datapath = new Datapath({ name: 'test' });
  const ports = [new Failing('p1'), new Failing('p2'), new Failing('p3')];
  for (const port of ports) datapath.addPort(port);
  const fail = { upcalls: 0 };
  datapath.setUpcall((packet, keys, at, now) => {
    if (fail.upcalls-- > 0) throw new Error('upcall failed');
    const builder = new ProgramBuilder();
    if (packet.recircId === 0) builder.recirc(7);
    else builder.output(3);
    const program = builder.build();
    datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask: new Int32Array(DP_WORDS).fill(-1), program }, now);
    return { program };
  });
  return { datapath, ports, fail };
}

describe('a failure', () => {
  const parts: [string, (b: ReturnType<typeof bench>) => void][] = [
    ['of a port that receives', ({ ports }) => void (ports[0]!.fails.receive = 1)],
    ['of a port that sends', ({ ports }) => void (ports[2]!.fails.send = 1)],
    ['of a port that flushes', ({ ports }) => void (ports[2]!.fails.flush = 1)],
    ['of a port that gives memory back', ({ ports }) => void (ports[0]!.fails.release = 1)],
    ['of an upcall', ({ fail }) => void (fail.upcalls = 1)],
    ['of everything, a while', ({ ports, fail }) => {
      fail.upcalls = 3;
      for (const port of ports) Object.assign(port.fails, { receive: 3, send: 3, flush: 3, release: 3 });
    }],
  ]; // biome-ignore format: a table
  test.each(parts)('%s', (_, breakIt) => {
    const made = bench();
    const { datapath, ports } = made;
    const poll = (): void => {
      ports[0]!.inject(frame(1));
      ports[0]!.inject(frame(2));
      ports[1]!.inject(frame(3));
      datapath.poll(1000);
    };
    poll();
    breakIt(made);
    for (let i = 0; i < 20; i++) poll();
    ports[2]!.takeSent();
    poll();
    expect(ports[2]!.sent.length).toBe(3);
    expect([...datapath.flows()].map(({ group }) => group)).toEqual(
      Array.from({ length: datapath.flowCount }, () => -1),
    );
  });
});
