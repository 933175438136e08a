/** What somebody wants to see, as a JSON object: its members read and checked. */
import { SwitchError } from '../../datapath/base/error.js';

/** A request that cannot be answered: the message is a sentence for who asked. */
export class RequestError extends SwitchError<{ code: 'bad-request' }> {
  constructor(message: string) {
    super(message, { code: 'bad-request' });
  }
}

/** Any JSON object; the members that all requests share. */
export interface InspectRequest {
  filter?: unknown;
  [key: string]: unknown;
}

/** A text of the request; the default if there is none. */
export function textIn(request: InspectRequest, name: string, fallback: string): string {
  const value = request[name] ?? fallback;
  if (typeof value !== 'string') throw new RequestError(`${name} has to be a text`);
  return value;
}

/** A number of the request; the default if there is none. */
export function numberIn(request: InspectRequest, name: string, fallback: number): number {
  const value = request[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new RequestError(`${name} has to be a whole number`);
  return value;
}
