/**
 * A packet for a controller, as the words of a `userspace` action: translation writes them into a program, they come back with the packet,
 * and dpctl/dump-flows prints them. The datapath carries them and does not look.
 */

export interface ControllerRequest {
  /** OFPR_*, as in a packet-in. */
  reason: number;
  /** Names the frozen state that the packet-in is described from; 0 for none. */
  recircId: number;
  cookie: bigint;
  controllerId: number;
  /** Bytes of the packet that the controller wants. */
  maxLen: number;
  /** The state is only kept alive; nothing is sent. */
  dontSend: boolean;
  /** The controller may resume the packet. */
  continuation: boolean;
}

const DONT_SEND = 1;
const CONTINUATION = 2;

export function requestWords(request: ControllerRequest): number[] {
  const { reason, recircId, cookie, controllerId, maxLen } = request;
  const flags = (request.dontSend ? DONT_SEND : 0) | (request.continuation ? CONTINUATION : 0);
  const high = Number(BigInt.asIntN(32, cookie >> 32n));
  return [reason, recircId, high, Number(BigInt.asIntN(32, cookie)), controllerId, maxLen, flags];
}

export function readRequest(words: Int32Array): ControllerRequest {
  const [reason, recircId, high, low, controllerId, maxLen, flags] = words as unknown as readonly number[];
  return {
    reason,
    recircId: recircId >>> 0,
    cookie: (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0),
    controllerId,
    maxLen,
    dontSend: (flags & DONT_SEND) !== 0,
    continuation: (flags & CONTINUATION) !== 0,
  };
}
