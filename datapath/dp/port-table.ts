/** The datapath's ports by number and by name. */
import { SwitchError } from '../base/error.js';
import type { Port } from '../ports/port.js';

/** Port numbers are 16 bits wide in Open vSwitch, the last one meaning "none". */
export const MAX_PORT_NUMBER = 0xfffe;

export type PortTableError =
  | { code: 'port-exists'; name: string }
  | { code: 'port-number-taken'; number: number }
  | { code: 'port-number-bad'; number: number }
  | { code: 'too-many-ports' };

/** A port of the datapath and its number. */
export interface PortEntry {
  readonly number: number;
  readonly port: Port;
}

export class PortTable {
  /** In the order in which they were added. */
  readonly entries: PortEntry[] = [];
  /** What to poll for any port; another array after each change. */
  fds: readonly number[] = [];
  private readonly byNumber: (Port | null)[] = [];

  /** The port of that number, null if there is none. */
  get(number: number): Port | null {
    return number >= 0 && number < this.byNumber.length ? this.byNumber[number] : null;
  }

  find(name: string): PortEntry | null {
    return this.entries.find((entry) => entry.port.name === name) ?? null;
  }

  /** Adds a port under the number wanted, or the lowest free one from 1. Number 0 is only given to who asks for it. */
  add(port: Port, wanted?: number): number {
    if (this.find(port.name) !== null) {
      throw new SwitchError(`port ${port.name} is in the datapath already`, { code: 'port-exists', name: port.name });
    }
    const number = wanted ?? this.lowestFree();
    this.checkNumber(number);
    while (this.byNumber.length <= number) this.byNumber.push(null);
    this.byNumber[number] = port;
    this.entries.push({ number, port });
    this.listFds();
    return number;
  }

  /** Takes the port out and returns it, null if there is none of that number. */
  remove(number: number): Port | null {
    const port = this.get(number);
    if (port === null) return null;
    this.byNumber[number] = null;
    const index = this.entries.findIndex((entry) => entry.number === number);
    this.entries.splice(index, 1);
    this.listFds();
    return port;
  }

  private listFds(): void {
    this.fds = this.entries.flatMap((entry) => entry.port.fds);
  }

  private lowestFree(): number {
    for (let number = 1; number <= MAX_PORT_NUMBER; number++) if (this.get(number) === null) return number;
    throw new SwitchError(`the datapath has ${MAX_PORT_NUMBER} ports already`, { code: 'too-many-ports' });
  }

  private checkNumber(number: number): void {
    if (!Number.isInteger(number) || number < 0 || number > MAX_PORT_NUMBER) {
      throw new SwitchError(`${number} is not a port number`, { code: 'port-number-bad', number });
    }
    if (this.get(number) !== null) {
      throw new SwitchError(`port number ${number} is taken`, { code: 'port-number-taken', number });
    }
  }
}
