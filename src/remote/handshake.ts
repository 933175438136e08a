/** Hellos of both sides, from which a version comes. */

import type { Stream } from '../net/stream.js';
import { after } from '../net/timeout.js';
import { decodeMessage, encodeMessage, xidOf } from '../openflow/codec.js';
import { OpenFlowError } from '../openflow/errors.js';
import { Framer } from '../openflow/framer.js';
import type { OfVersion } from '../openflow/message-types.js';
import { highestVersion, negotiate, VERSIONS } from '../openflow/version.js';
import { RemoteError } from './error.js';
import { RemoteSwitch, type RemoteSwitchOptions } from './remote-switch.js';

/** How a connection begins. */
export interface HandshakeOptions extends RemoteSwitchOptions {
  /** Versions that may be spoken, as numbers on the wire. Default: all, 1 (1.0) to 6 (1.5); the newest in common is taken. */
  versions?: readonly OfVersion[];
}

/** How long a peer may take to say hello. */
const HELLO_TIMEOUT_MS = 10_000;
/** How long a refused peer may take to read why. */
const LAST_WORDS_MS = 2_000;

/** Fails with RemoteError, and the stream has ended then. */
export function greet(stream: Stream, options: HandshakeOptions = {}): Promise<RemoteSwitch> {
  const ours = (options.versions ?? VERSIONS).reduce((bits, version) => bits | (1 << version), 0);
  const framer = new Framer();
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      cancel();
      stream.onClose = () => {};
      stream.end();
      after(LAST_WORDS_MS, () => stream.destroy());
      reject(new RemoteError(`${stream.peer}: ${why}`, { code: 'no-handshake' }));
    };
    const cancel = after(HELLO_TIMEOUT_MS, () => fail('no hello within 10 seconds'));
    stream.onClose = (why) => fail(why ?? 'the connection was closed before a hello came');
    stream.onData = (chunk) => {
      framer.push(chunk);
      const bytes = framer.next();
      if (bytes === null) return framer.broken ? fail('what it says is not OpenFlow') : undefined;
      const version = agreed(ours, bytes);
      if (version === null) {
        stream.write(incompatible(ours, bytes));
        return fail('it says no hello, or speaks no version of OpenFlow that may be spoken');
      }
      cancel();
      resolve(new RemoteSwitch(stream, framer, version, options));
    };
    stream.write(encodeMessage({ name: 'hello', version: highestVersion(ours), xid: 0, body: { versions: ours } }));
  });
}

function agreed(ours: number, bytes: Uint8Array): OfVersion | null {
  try {
    const message = decodeMessage(bytes);
    return message.name === 'hello' ? negotiate(ours, message.body.versions) : null;
  } catch (error) {
    if (error instanceof OpenFlowError) return null;
    throw error;
  }
}

function incompatible(ours: number, bytes: Uint8Array): Uint8Array {
  const data = new TextEncoder().encode('no OpenFlow version in common');
  const body = { error: 'OFPHFC_INCOMPATIBLE' as const, data };
  return encodeMessage({ name: 'error', version: highestVersion(ours), xid: xidOf(bytes), body });
}
