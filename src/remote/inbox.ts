/**
 * What a switch says unasked, until the program takes it. Packet-ins that a slow program has not taken are dropped and counted, as switches
 * drop them when the network is slow; all else waits, and ends the connection when there is far too much of it.
 */
import type { Message } from '../openflow/message-types.js';

/** Bytes of waiting messages beyond which packet-ins are dropped: some thousand of them. */
const MAX_WAITING_PACKET_BYTES = 2 * 1024 * 1024;
/** Bytes of waiting messages beyond which the connection ends: a hundred thousand flow-removed messages. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

interface Waiting {
  message: Message;
  size: number;
}

type Waiter = (result: IteratorResult<Message, undefined>) => void;

const END: IteratorResult<Message, undefined> = { done: true, value: undefined };

export class Inbox {
  /** Packet-ins that were not taken in time. */
  dropped = 0;
  private bytes = 0;
  private isClosed = false;
  private waiting: Waiting[] = [];
  /** Taken of `waiting`. */
  private taken = 0;
  private readonly waiters: Waiter[] = [];

  /** `size`: bytes of the message on the wire. False if there are so many that the connection should end. */
  put(message: Message, size: number): boolean {
    const taker = this.waiters.shift();
    if (taker !== undefined) taker({ done: false, value: message });
    else if (message.name === 'packet_in' && this.bytes + size > MAX_WAITING_PACKET_BYTES) this.dropped++;
    else {
      this.bytes += size;
      this.waiting.push({ message, size });
    }
    return this.bytes <= MAX_WAITING_BYTES;
  }

  /** The next message, when there is one; what waits can be taken after the end, too. */
  next(): Promise<IteratorResult<Message, undefined>> {
    const first = this.waiting[this.taken];
    if (first !== undefined) return Promise.resolve({ done: false, value: this.take(first) });
    if (this.isClosed) return Promise.resolve(END);
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** No more will come. */
  close(): void {
    this.isClosed = true;
    for (const taker of this.waiters.splice(0)) taker(END);
  }

  private take({ message, size }: Waiting): Message {
    this.bytes -= size;
    this.taken++;
    // Moving the rest to the front for each message would take time in square.
    if (this.taken * 2 >= this.waiting.length) {
      this.waiting = this.waiting.slice(this.taken);
      this.taken = 0;
    }
    return message;
  }
}
