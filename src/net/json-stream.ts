/**
 * JSON texts out of a byte stream that frames nothing: objects and arrays one behind the other, as Open vSwitch sends them.
 * Only where a text ends is found here; JSON.parse does the rest. Other bytes between texts than white space are refused.
 */
import { SwitchError } from '../../datapath/base/error.js';

export class JsonStreamError extends SwitchError<{ code: 'json-stream' }> {
  constructor(why: string) {
    super(why, { code: 'json-stream' });
  }
}

/** Bytes of one text: beyond the largest dumps, and a bound on what a peer can make us keep. */
export const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** Arrays and objects within each other, as Open vSwitch's parser has it: a bound on the call stack of whoever walks through a value. */
const MAX_DEPTH = 1000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

export class JsonStream {
  private readonly limit: number;
  private readonly decoder = new TextDecoder('utf-8');
  private readonly ready: unknown[] = [];
  /** Pieces of the text that is not complete. */
  private pieces: string[] = [];
  private pieceBytes = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(limit = MAX_TEXT_BYTES) {
    this.limit = limit;
  }

  /** Takes bytes; throws JsonStreamError on what is no JSON, after which the stream is useless. */
  push(chunk: Uint8Array): void {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (!this.endsAt(chunk[i]!)) {
        if (this.depth === 0) from = i + 1;
        continue;
      }
      this.keep(chunk.subarray(from, i + 1));
      this.finish();
      from = i + 1;
    }
    if (from < chunk.length) this.keep(chunk.subarray(from));
  }

  /** The next complete text's value; undefined if there is none yet. */
  next(): unknown {
    return this.ready.shift();
  }

  /** Follows one byte; true if it ends a text. */
  private endsAt(byte: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) this.inString = false;
      return false;
    }
    if (OPEN.has(byte)) {
      if (++this.depth > MAX_DEPTH) throw new JsonStreamError(`a JSON text is nested deeper than ${MAX_DEPTH}`);
    } else if (this.depth === 0) {
      if (!SPACE.has(byte)) throw new JsonStreamError('a JSON object or array was expected');
    } else if (byte === QUOTE) this.inString = true;
    else if (CLOSE.has(byte)) return --this.depth === 0;
    return false;
  }

  private keep(bytes: Uint8Array): void {
    this.pieceBytes += bytes.length;
    if (this.pieceBytes > this.limit) throw new JsonStreamError(`a JSON text is longer than ${this.limit} bytes`);
    this.pieces.push(this.decoder.decode(bytes, { stream: true }));
  }

  private finish(): void {
    const text = this.pieces.join('') + this.decoder.decode();
    this.pieces = [];
    this.pieceBytes = 0;
    try {
      this.ready.push(JSON.parse(text));
    } catch (error) {
      throw new JsonStreamError(`bad JSON: ${(error as Error).message}`);
    }
  }
}
