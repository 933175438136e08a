/** Failures of talking with an OVSDB server, and what it refuses. */
import { SwitchError } from '../../datapath/base/error.js';

/**
 * `protocol`: the server said what is not in RFC 7047; `schema`: the database is not the one expected; `refused`: an operation failed
 * there, and with it the transaction; `closed`: the connection ended before the answer came.
 */
export class OvsdbError extends SwitchError<{ code: 'protocol' | 'schema' | 'refused' | 'closed' }> {
  constructor(code: 'protocol' | 'schema' | 'refused' | 'closed', message: string) {
    super(message, { code });
  }
}
