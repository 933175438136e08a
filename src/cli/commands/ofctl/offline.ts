/** Verbs that need no switch: reading flows, and printing messages given in hexadecimal. */
import { decodeMessage, encodeMessage } from '../../../openflow/codec.js';
import { OpenFlowError } from '../../../openflow/errors.js';
import type { FlowMod, OfVersion } from '../../../openflow/message-types.js';
import { versionName } from '../../../openflow/version.js';
import { parseHexBytes } from '../../../text/action-table.js';
import { flowLines, forVersion, parseFlow, parseFlowLine } from '../../../text/flow.js';
import { UserError } from '../../user-error.js';
import { asUserError, readText, type VerbContext, type VerbRun } from './verb.js';

/** As it reads after it has been sent: some actions are others in other versions. */
function printFlowMod(context: VerbContext, mod: FlowMod, xid: number): Promise<void> {
  const version: OfVersion = context.preferredVersion;
  const options = { tableId: true };
  const sent = encodeMessage({ name: 'flow_mod', version, xid, body: forVersion(mod, version) }, options);
  return context.print(decodeMessage(sent, options));
}

const parseOne: VerbRun = async (context, [flow]) => {
  try {
    await printFlowMod(context, parseFlow(flow!, { anyCommand: true, onNote: context.onNote }), 1);
  } catch (error) {
    throw unsayable(error, context.preferredVersion);
  }
  return undefined;
};

/** What OpenFlow of that version has no form for. */
const unsayable = (error: unknown, version: OfVersion): unknown =>
  error instanceof OpenFlowError
    ? new UserError(`OpenFlow ${versionName(version)} cannot say this: ${error.message}`)
    : asUserError(error);

const parseFile: VerbRun = async (context, [file]) => {
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
    throw unsayable(error, context.preferredVersion);
  }
  return undefined;
};

const ofpPrint: VerbRun = async (context, [hex, verbosity]) => {
  const bytes = parseHexBytes(hex!.replaceAll(/\s/g, ''));
  if (bytes === null) throw new UserError('trailing garbage following hex bytes');
  try {
    await context.print(decodeMessage(bytes), undefined, Number(verbosity ?? 0));
  } catch (error) {
    throw error instanceof OpenFlowError ? new UserError(`decode error: ${error.message}`) : error;
  }
  return undefined;
};

/** By verb (verbs.ts). */
export const RUNS = {
  'parse-flow': parseOne,
  'parse-flows': parseFile,
  'ofp-print': ofpPrint,
} as const satisfies Record<string, VerbRun>;
