/** What a helper expects: the key of the coming connection from its parent's, and how that one's translation carries over. */
import { SLAB_SHIFT } from '../../base/slab.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { type Expectation, expectedKey } from '../record/expectations.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from '../record/packet-key.js';

const ORIGINAL_KEY = new Int32Array(KEY_WORDS);
const REPLY_KEY = new Int32Array(KEY_WORDS);

/**
 * A connection to `port`. Announced in a reply (`direction`), it comes from the client as the control connection did; announced
 * by the client, it comes from the server as the server's answers do.
 */
export function expectConnection(table: ConnTable, handle: number, direction: number, port: number): Expectation {
  const words = table.words(handle);
  const at = table.at(handle);
  table.loadKey(handle, C.ORIGINAL, ORIGINAL_KEY);
  table.loadKey(handle, C.REPLY, REPLY_KEY);
  const isReply = direction === C.REPLY;
  const key = new Int32Array(KEY_WORDS);
  expectedKey(isReply ? ORIGINAL_KEY : REPLY_KEY, key);
  key[KEY_L4] = port;
  const hasDnat = (words[at + C.CONN_FLAGS] & C.F_NAT_DST) !== 0;
  return {
    key,
    parent: handle,
    parentKey: ORIGINAL_KEY.slice(),
    mark: words[at + C.CONN_MARK],
    label: labelOf(table, words[at + C.CONN_LABEL]),
    natAddress: natAddress(isReply, hasDnat),
    // The side that the parent's translation hides is the one whose address must be put back.
    replacesReplyDst: isReply !== hasDnat,
  };
}

/** The address behind the translation: of the server's side under DNAT, of the client's otherwise. */
function natAddress(isReply: boolean, hasDnat: boolean): Int32Array {
  const key = isReply ? REPLY_KEY : ORIGINAL_KEY;
  // In the reply key the server is the source; in the original one it is the destination.
  const wantsSource = isReply === hasDnat;
  const from = wantsSource ? KEY_SRC_ADDR : KEY_DST_ADDR;
  const address = new Int32Array(4);
  const words = C.metaFamily(key[KEY_META]) === 4 ? 1 : 4;
  for (let i = 0; i < words; i++) address[i] = key[from + i];
  return address;
}

function labelOf(table: ConnTable, label: number): Int32Array {
  if (label === 0) return new Int32Array(4);
  const at = table.labels.at(label - 1);
  return table.labels.chunks[(label - 1) >>> SLAB_SHIFT].slice(at, at + 4);
}
