/**
 * A datapath that might as well be in another process: whatever crosses the boundary, either way, is a structured clone of what was given,
 * so that nothing but data can cross; and the client's answers are carried over before they are acted on. Observers are told in numbers,
 * and go straight through.
 */
import type { PortDescription } from '../../datapath/ports/port-types.js';
import type { DpifConntrack } from '../../src/dpif/conntrack.js';
import type { Decision, Dpif, DpifClient, FlowPut, FlowStats } from '../../src/dpif/dpif.js';

const copy = <T>(value: T): T => structuredClone(value);

type Call = (...args: unknown[]) => unknown;

/** The same object, of which every call takes copies and returns one. */
const copying = <T extends object>(real: T, onCall: () => void): T =>
  new Proxy(real, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        onCall();
        return copy((member as Call).apply(target, args.map(copy)));
      };
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });

export class CopyingDpif implements Dpif {
  /** Calls that have crossed, of each kind: shows that a test has used the boundary. */
  readonly crossed = {
    missed: 0,
    outdated: 0,
    toUserspace: 0,
    putFlow: 0,
    setFlow: 0,
    removeFlow: 0,
    execute: 0,
    addPort: 0,
    conntrack: 0,
  };

  readonly conntrack: DpifConntrack;

  constructor(private readonly real: Dpif) {
    this.conntrack = copying(real.conntrack, () => this.crossed.conntrack++);
  }

  setClient(client: DpifClient): void {
    this.real.setClient({
      missed: (keys, at, size, packet, now) => {
        this.crossed.missed++;
        // The key alone, at another place than in the datapath's own rows.
        return copy(client.missed(keys.slice(at), 0, size, packet, now));
      },
      outdated: (flow, now) => {
        this.crossed.outdated++;
        return client.outdated(flow, now);
      },
      toUserspace: (packet, words, now) => {
        this.crossed.toUserspace++;
        client.toUserspace(copy(packet), copy(words), now);
      },
    });
  }

  putFlow(flow: FlowPut, now: number): number {
    this.crossed.putFlow++;
    return this.real.putFlow(copy(flow), now);
  }

  setFlow(id: number, decision: Decision | null, epoch: number): void {
    this.crossed.setFlow++;
    this.real.setFlow(id, copy(decision), epoch);
  }

  removeFlow(id: number, stats: FlowStats): boolean {
    this.crossed.removeFlow++;
    const filled = copy(stats);
    const isThere = this.real.removeFlow(id, filled);
    Object.assign(stats, copy(filled));
    return isThere;
  }

  flowStats(id: number, stats: FlowStats): boolean {
    const filled = copy(stats);
    const isThere = this.real.flowStats(id, filled);
    Object.assign(stats, copy(filled));
    return isThere;
  }

  execute(frame: Uint8Array, inPort: number, decision: Decision, now: number): boolean {
    this.crossed.execute++;
    return this.real.execute(copy(frame), inPort, copy(decision), now);
  }

  get name(): string {
    return this.real.name;
  }

  get type(): Dpif['type'] {
    return this.real.type;
  }

  get epoch(): number {
    return this.real.epoch;
  }

  set epoch(epoch: number) {
    this.real.epoch = epoch;
  }

  get flowLimit(): number {
    return this.real.flowLimit;
  }

  set flowLimit(limit: number) {
    this.real.flowLimit = limit;
  }

  get observer(): Dpif['observer'] {
    return this.real.observer;
  }

  set observer(observer: Dpif['observer']) {
    this.real.observer = observer;
  }

  get pauses(): Dpif['pauses'] {
    return this.real.pauses;
  }

  get flowCount(): number {
    return this.real.flowCount;
  }

  get lookups(): Dpif['lookups'] {
    return copy(this.real.lookups);
  }

  flowKey(id: number): Int32Array | null {
    return copy(this.real.flowKey(id));
  }

  flowMask(id: number): Int32Array | null {
    return copy(this.real.flowMask(id));
  }

  flow(id: number): ReturnType<Dpif['flow']> {
    return copy(this.real.flow(id));
  }

  flowIds(): number[] {
    return copy(this.real.flowIds());
  }

  addPort(port: PortDescription, wanted?: number): number {
    this.crossed.addPort++;
    return this.real.addPort(copy(port), wanted);
  }

  removePort(number: number): void {
    this.real.removePort(number);
  }

  setPortAdminUp(number: number, up: boolean): void {
    this.real.setPortAdminUp(number, up);
  }

  setPortMtu(number: number, mtu: number): void {
    this.real.setPortMtu(number, mtu);
  }

  injectFrame(number: number, frame: Uint8Array): boolean {
    return this.real.injectFrame(number, copy(frame));
  }

  ports(): ReturnType<Dpif['ports']> {
    return copy(this.real.ports());
  }

  port(number: number): ReturnType<Dpif['port']> {
    return copy(this.real.port(number));
  }

  portState(number: number): ReturnType<Dpif['portState']> {
    return copy(this.real.portState(number));
  }

  portStats(number: number): ReturnType<Dpif['portStats']> {
    return copy(this.real.portStats(number));
  }
}
