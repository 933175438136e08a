/**
 * Sending a long answer while it is made: a slice of pieces, then everybody else's turn. Never more than QUEUE_BYTES and one slice wait to
 * be read; while they do, no piece is made. Who hangs up, or does not read for STALL_MS, gets no more, and the walk is given up.
 */
import { systemClock } from '../../datapath/base/clock.js';
import type { JsonRpc } from '../net/jsonrpc.js';
import { after } from '../net/timeout.js';
import type { Pieces } from './registry.js';

/** Milliseconds of making pieces before packets get their turn. */
const SLICE_MS = 2;
/** Text of one write. */
const WRITE_CHARS = 64 * 1024;
/** Unread bytes beyond which nothing more is made. */
const QUEUE_BYTES = 256 * 1024;
const STALL_MS = 60_000;

export interface LongAnswer {
  rpc: JsonRpc;
  pieces: Pieces;
  /** The JSON before and behind the inside of the string. */
  head: string;
  tail: string;
  /** Aborted when the peer has gone. */
  signal: AbortSignal;
  stallMs?: number;
}

/**
 * Sends all of it: null. Otherwise why it broke off, and then the peer has part of an answer. What making the first piece throws is thrown
 * before anything is sent.
 */
export async function sendPieces(answer: LongAnswer): Promise<string | null> {
  const { rpc, pieces, head, tail } = answer;
  let made: Made = pieceOf(pieces);
  rpc.replyPart(head);
  let endsLine = true;
  try {
    for (;;) {
      if (made.text !== '') {
        rpc.replyPart(JSON.stringify(made.text).slice(1, -1));
        endsLine = made.text.endsWith('\n');
      }
      if (made.isLast) break;
      const trouble = await untilRoom(answer);
      if (trouble !== null) return trouble;
      made = slice(pieces);
    }
  } catch (error) {
    return (error as Error).stack ?? String(error);
  } finally {
    pieces.return();
  }
  rpc.replyPart(endsLine ? tail : `\\n${tail}`);
  return null;
}

interface Made {
  text: string;
  isLast: boolean;
}

function pieceOf(pieces: Pieces): Made {
  const next = pieces.next();
  return next.done === true ? { text: '', isLast: true } : { text: next.value, isLast: false };
}

/** As many pieces as a slice of time and one write have room for. */
function slice(pieces: Pieces): Made {
  const endMs = systemClock.now() + SLICE_MS;
  let made = pieceOf(pieces);
  let { text } = made;
  while (!made.isLast && text.length < WRITE_CHARS && systemClock.now() < endMs) {
    made = pieceOf(pieces);
    text += made.text;
  }
  return { text, isLast: made.isLast };
}

/** Gives everybody a turn and waits until the peer has read enough; what is wrong if it never will. */
async function untilRoom({ rpc, signal, stallMs = STALL_MS }: LongAnswer): Promise<string | null> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) return HUNG_UP;
  if (rpc.queued <= QUEUE_BYTES) return null;
  return new Promise((resolve) => {
    const settle = (trouble: string | null): void => {
      cancel();
      rpc.onDrain = () => {};
      signal.removeEventListener('abort', hungUp);
      resolve(trouble);
    };
    const hungUp = (): void => settle(HUNG_UP);
    const cancel = after(stallMs, () => settle(`the client has read nothing for ${stallMs / 1000} s`));
    rpc.onDrain = () => settle(null);
    signal.addEventListener('abort', hungUp);
  });
}

const HUNG_UP = 'the client has hung up';
