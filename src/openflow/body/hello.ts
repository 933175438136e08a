/** Hello, with the element that lists versions one by one, and error messages. */

import { type ErrorName, errorCode, errorName, OpenFlowError } from '../errors.js';
import type { Reader } from '../reader.js';
import { highestVersion, OF12 } from '../version.js';
import type { Writer } from '../writer.js';
import type { CodecOf } from './codec.js';

const VERSION_BITMAP = 1;

/** All versions from 1 to `version`, as bits. */
export const versionsUpTo = (version: number): number => (version >= 31 ? -2 : (2 << version) - 2);

/** Elements that are unknown or broken say nothing: then the header's version and all below are meant. */
function readVersions(r: Reader): number | null {
  while (r.remaining >= 4) {
    const type = r.u16();
    const size = r.u16();
    const padded = (size + 7) & ~7;
    if (size < 4 || padded - 4 > r.remaining) break;
    if (type === VERSION_BITMAP && size >= 8) {
      const bitmap = r.u32() & ~1;
      r.pos = r.end;
      return bitmap;
    }
    r.skip(padded - 4);
  }
  r.pos = r.end;
  return null;
}

export const hello: CodecOf<'hello'> = {
  read: (r, { version }) => ({ versions: readVersions(r) ?? versionsUpTo(version) }),
  write(w, { versions }) {
    if (versions === versionsUpTo(highestVersion(versions))) return;
    w.u16(VERSION_BITMAP);
    w.u16(8);
    w.u32(versions >>> 0);
  },
};

const OLD_VENDOR = 0xb0c2;
const EXPERIMENTER = 0xffff;

type ErrorBody = { error: ErrorName | { type: number; code: number; experimenter?: number }; data: Uint8Array };

/** Vendors' errors: a type of its own before 1.2 (Nicira's invention), OFPET_EXPERIMENTER after. */
export const error: CodecOf<'error'> = {
  read(r, { version }): ErrorBody {
    let type = r.u16();
    let code = r.u16();
    let vendor = 0;
    if (type === OLD_VENDOR && code === 0 && version < OF12) {
      vendor = r.u32();
      type = r.u16();
      code = r.u16();
    } else if (type === EXPERIMENTER && version >= OF12) {
      type = code;
      code = 0;
      vendor = r.u32();
    }
    const name = errorName(version, vendor, type, code);
    const number = { type, code, ...(vendor === 0 ? {} : { experimenter: vendor }) };
    return { error: name ?? number, data: r.rest() };
  },
  write(w, body, { version }) {
    writeCode(w, body, version);
    w.bytes(body.data);
  },
};

function writeCode(w: Writer, { error: what }: ErrorBody, version: Parameters<typeof errorCode>[1]): void {
  const { type, code, vendor } = numbersOf(what, version);
  if (vendor === 0) {
    w.u16(type);
    w.u16(code);
  } else if (version < OF12) {
    w.u16(OLD_VENDOR);
    w.u16(0);
    w.u32(vendor);
    w.u16(type);
    w.u16(code);
  } else {
    w.u16(EXPERIMENTER);
    w.u16(type);
    w.u32(vendor);
  }
}

function numbersOf(what: ErrorBody['error'], version: Parameters<typeof errorCode>[1]) {
  if (typeof what !== 'string') return { type: what.type, code: what.code, vendor: what.experimenter ?? 0 };
  const found = errorCode(what, version) ?? errorCode('NXBRC_UNENCODABLE_ERROR', version);
  if (found === null) throw new OpenFlowError(what);
  return found;
}
