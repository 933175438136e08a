/**
 * BRIDGE.snoop: whoever connects gets a copy of every OpenFlow message between the switch and its controllers, both ways
 * (`ovs-ofctl snoop`). What the listener says is not looked at.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { type Listener, listen, type Stream } from '../net/stream.js';
import { parsePassiveTarget } from '../net/target.js';
import { encodeMessage } from '../openflow/codec.js';
import { highestVersion } from '../openflow/version.js';

/** Listeners at a time: a person's tool, rarely more than one. */
const MAX_SNOOPERS = 16;
/** Unread bytes beyond which a listener misses messages. */
const MAX_SNOOP_QUEUE_BYTES = 2 * 1024 * 1024;

/** Copies that a listener did not read in time. */
const missed = counter('openflow_snoop_dropped');

/** The snoop socket of one bridge: who connects gets a copy of every message of the controllers' connections. */
export class Snoop {
  private readonly snoopers = new Set<Stream>();
  private listener: Listener | null = null;

  /** `versions`: those of the switch, which it names as in any hello. */
  async serve(path: string, versions: number): Promise<void> {
    this.listener = await listen(parsePassiveTarget(`punix:${path}`), (stream) => this.accept(stream, versions));
  }

  copy(message: Uint8Array): void {
    if (this.snoopers.size === 0) return;
    const bytes = message.slice();
    for (const stream of this.snoopers) {
      if (stream.queued > MAX_SNOOP_QUEUE_BYTES) add(missed);
      else stream.write(bytes);
    }
  }

  async close(): Promise<void> {
    for (const stream of this.snoopers) stream.destroy();
    await this.listener?.close();
  }

  private accept(stream: Stream, versions: number): void {
    if (this.snoopers.size >= MAX_SNOOPERS) return stream.destroy();
    const version = highestVersion(versions);
    stream.write(encodeMessage({ name: 'hello', version, xid: 0, body: { versions } }));
    stream.onData = () => {};
    stream.onClose = () => void this.snoopers.delete(stream);
    this.snoopers.add(stream);
  }
}
