/** Verbs that make the switch forget connections. */

import { ctFlushOf } from '../../../text/ct-flush.js';
import { parseFlushWords } from '../../../text/ct-flush-parse.js';
import { TextError } from '../../../text/error.js';
import { cNumber } from '../../../text/names.js';
import { UserError } from '../../user-error.js';
import { type OpenFlowClient, RefusedError } from './client.js';
import { connected } from './inspect.js';
import type { VerbRun } from './verb.js';

const LAST_ZONE = 0xffff;

/** There is no answer to wait for, but one may be an error. */
async function settle(client: OpenFlowClient): Promise<undefined> {
  const [error] = await client.barrier();
  if (error !== undefined) throw new RefusedError(error);
  return undefined;
}

const flush: VerbRun = (context, [bridge, ...words]) => {
  const body = ctFlushOf(parseWords(words));
  return connected(context.connect(bridge!), (client) => {
    client.send('ct_flush', body);
    return settle(client);
  });
};

function parseWords(words: readonly string[]): ReturnType<typeof parseFlushWords> {
  try {
    return parseFlushWords(words);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const isTuple = !/^failed to parse (zone|mark|labels)$/.test(error.message);
    throw new UserError(isTuple ? `Failed to parse ct-tuple: ${error.message}` : error.message.replace('f', 'F'));
  }
}

const flushZone: VerbRun = (context, [bridge, text]) => {
  const zone = cNumber(text!);
  if (zone === null || zone > LAST_ZONE) throw new UserError(`invalid zone_id "${text}"`);
  return connected(context.connect(bridge!), (client) => {
    client.send('ct_flush_zone', { zone });
    return settle(client);
  });
};

/** By verb (verbs.ts). */
export const RUNS = {
  'ct-flush': flush,
  'ct-flush-zone': flushZone,
} as const satisfies Record<string, VerbRun>;
