/**
 * JSON values written one after the other without any framing, as OVS's JSON-RPC does: cuts a stream of text into whole values.
 * It only finds where a value ends (brackets and strings); JSON.parse judges the rest.
 */
import { StringDecoder } from 'node:string_decoder';

/** Longest value accepted, in characters: beyond it the peer is broken or hostile. */
const MAX_VALUE = 64 * 1024 * 1024;

export class JsonStreamError extends Error {}

export class JsonStream {
  private readonly decoder = new StringDecoder('utf8');
  private pending = '';
  /** Where to go on looking in `pending`, and what was found so far. */
  private at = 0;
  private start = -1;
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** The values completed by this chunk. Throws a JsonStreamError on what cannot be JSON-RPC; the stream is then useless. */
  push(chunk: Uint8Array): unknown[] {
    this.pending += this.decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const values: unknown[] = [];
    for (let end = this.findEnd(); end >= 0; end = this.findEnd()) values.push(this.take(end));
    if (this.pending.length > MAX_VALUE) throw new JsonStreamError('JSON value is too long');
    return values;
  }

  private take(end: number): unknown {
    const text = this.pending.slice(this.start, end);
    this.pending = this.pending.slice(end);
    this.at = 0;
    this.start = -1;
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new JsonStreamError(error instanceof Error ? error.message : 'bad JSON');
    }
  }

  /** Index behind the next whole value, -1 if it is not all there. */
  private findEnd(): number {
    for (; this.at < this.pending.length; this.at++) {
      const c = this.pending.charCodeAt(this.at);
      if (this.start < 0) this.begin(c);
      else if (this.inString) this.stepInString(c);
      else if (this.closes(c)) return ++this.at;
    }
    return -1;
  }

  private begin(c: number): void {
    if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) return;
    if (c !== 0x7b && c !== 0x5b) throw new JsonStreamError('expected a JSON object or array');
    this.start = this.at;
    this.depth = 1;
  }

  private stepInString(c: number): void {
    if (this.escaped) this.escaped = false;
    else if (c === 0x5c) this.escaped = true;
    else if (c === 0x22) this.inString = false;
  }

  /** True if this character ends the value. */
  private closes(c: number): boolean {
    if (c === 0x22) this.inString = true;
    else if (c === 0x7b || c === 0x5b) this.depth++;
    else if (c === 0x7d || c === 0x5d) return --this.depth === 0;
    return false;
  }
}
