import { expect, test } from 'vitest';
import { type ControllerRequest, readRequest, requestWords } from '../../../src/dpif/controller-request.js';

const ROWS: ControllerRequest[] = [
  { reason: 0, recircId: 0, cookie: 0n, controllerId: 0, maxLen: 0, dontSend: false, continuation: false },
  {
    reason: 1,
    recircId: 0x80000001,
    cookie: 0xfedc_ba98_7654_3210n,
    controllerId: 7,
    maxLen: 65535,
    dontSend: false,
    continuation: true,
  },
  {
    reason: 5,
    recircId: 0xffffffff,
    cookie: 0xffff_ffff_ffff_ffffn,
    controllerId: 0xffff,
    maxLen: 128,
    dontSend: true,
    continuation: false,
  },
];

for (const row of ROWS) {
  test(`a request for cookie ${row.cookie} survives its way through the datapath`, () => {
    expect(readRequest(Int32Array.from(requestWords(row)))).toEqual(row);
  });
}
