/** What a controller program can expect to go wrong. */
import { SwitchError } from '../../datapath/base/error.js';
import type { MessageBodies } from '../openflow/message-types.js';

/** Why a connection ended or a request failed, to be told apart by `code`. */
export type RemoteFailure =
  /** The connection has ended, or ended before an answer came. */
  | { code: 'closed' }
  /** The peer does not speak OpenFlow, or no version in common. */
  | { code: 'no-handshake' }
  /** The switch has answered with an error, which is `error`. */
  | { code: 'refused'; error: MessageBodies['error']['error'] }
  /** No answer in time. */
  | { code: 'timeout' }
  /** A limit of this side: too many open requests, too long an answer, a peer that does not read. */
  | { code: 'limit' };

/** Each of its messages is a sentence that stands alone; programs look at `detail.code`. */
export class RemoteError extends SwitchError<RemoteFailure> {}
