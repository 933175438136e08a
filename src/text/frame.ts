/** Frames from the words of a match. */
import { type ComposeOptions, compose } from '../../datapath/keys/compose.js';
import { parseMatch } from './match.js';

/**
 * The Ethernet frame that a match describes,
 * `dl_src=02:00:00:00:00:01,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_dst=80,tcp_flags=syn` for one: what it leaves open is zero,
 * lengths and checksums are right, and there is some payload where the protocol takes any. Throws a TextError where the text is not a
 * match.
 */
export function composeFrame(text: string, options: ComposeOptions = {}): Uint8Array {
  return compose(parseMatch(text).key, 0, options);
}
