/** Requests of `ctswitch ct`: one JSON object as the only word, the answer one JSON value. */
import type { Backer } from '../bridge/backer.js';
import type { ConnClock } from '../inspect/conn-walk.js';
import type { InspectRequest } from '../inspect/request.js';
import type { SwitchView } from '../switch/view.js';
import { UnixctlError } from '../unixctl/registry.js';
import { takeDatapath } from './args.js';

/** `datapath` may be left out where there is one. */
export function parseRequest(view: SwitchView, text: string): { request: InspectRequest; backer: Backer } {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw new UnixctlError('the request is not JSON');
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request))
    throw new UnixctlError('the request is not a JSON object');
  const { datapath } = request as InspectRequest;
  const { backer } = takeDatapath(view, typeof datapath === 'string' ? [datapath] : []);
  return { request: request as InspectRequest, backer };
}

/** Time as the tracker counts it. */
export const wholeMs = (view: SwitchView): number => Math.floor(view.now()) | 0;

export const connClock =
  (view: SwitchView): ConnClock =>
  () =>
    wholeMs(view);
