/** Verbs that need no switch: reading flows, and printing messages given in hexadecimal. */
import { decodeMessage } from '../../../openflow/codec.js';
import { OpenFlowError } from '../../../openflow/errors.js';
import type { FlowMod, OfVersion } from '../../../openflow/message-types.js';
import { parseHexBytes } from '../../../text/action-table.js';
import { flowLines, forVersion, parseFlow, parseFlowLine } from '../../../text/flow.js';
import { UserError } from '../../user-error.js';
import { asUserError, readText, type Verb, type VerbContext } from './verb.js';

function printFlowMod(context: VerbContext, mod: FlowMod, xid: number): Promise<void> {
  const version: OfVersion = context.preferredVersion;
  return context.print({ name: 'flow_mod', version, xid, body: forVersion(mod, version) });
}

const parseOne: Verb['run'] = async (context, [flow]) => {
  try {
    await printFlowMod(context, parseFlow(flow!, { anyCommand: true, onNote: context.onNote }), 1);
  } catch (error) {
    throw asUserError(error);
  }
  return undefined;
};

const parseFile: Verb['run'] = async (context, [file]) => {
  const text = readText(file!);
  let xid = 0;
  try {
    for (const { line, number } of flowLines(text))
      await printFlowMod(
        context,
        parseFlowLine(line, number, file!, { anyCommand: true, onNote: context.onNote }),
        ++xid,
      );
  } catch (error) {
    throw asUserError(error);
  }
  return undefined;
};

const ofpPrint: Verb['run'] = async (context, [hex, verbosity]) => {
  const bytes = parseHexBytes(hex!.replaceAll(/\s/g, ''));
  if (bytes === null) throw new UserError('trailing garbage following hex bytes');
  try {
    await context.print(decodeMessage(bytes), undefined, Number(verbosity ?? 0));
  } catch (error) {
    throw error instanceof OpenFlowError ? new UserError(`decode error: ${error.message}`) : error;
  }
  return undefined;
};

export const OFFLINE_VERBS: Record<string, Verb> = {
  'parse-flow': {
    usage: 'FLOW',
    describe: 'parse FLOW and print it as it would be sent',
    min: 1,
    max: 1,
    run: parseOne,
  },
  'parse-flows': { usage: 'FILE', describe: 'the same for the flows of FILE', min: 1, max: 1, run: parseFile },
  'ofp-print': {
    usage: 'HEX [VERBOSITY]',
    describe: 'print an OpenFlow message given in hexadecimal',
    min: 1,
    max: 2,
    run: ofpPrint,
  },
};
