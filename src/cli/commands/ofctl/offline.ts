/** Verbs that need no switch: reading flows, and printing messages given in hexadecimal. */

import {
  ANY_PROTOCOL,
  chosenProtocol,
  protocolsOf,
  protocolsText,
  usableProtocols,
} from '../../../ofproto/usable-protocols.js';
import { decodeMessage, encodeMessage } from '../../../openflow/codec.js';
import { OpenFlowError } from '../../../openflow/errors.js';
import type { FlowMod, Message, OfVersion } from '../../../openflow/message-types.js';
import { versionName } from '../../../openflow/version.js';
import { parseHexBytes } from '../../../text/action-table.js';
import { forVersion, parseFlow, parseFlowFile } from '../../../text/flow.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import { asUserError, readText, type VerbContext, type VerbRun } from './verb.js';

/** The flows as they read after they have been sent: some actions are others in other versions. */
async function printFlowMods(context: VerbContext, mods: readonly FlowMod[]): Promise<undefined> {
  const usable = mods.reduce((set, mod) => set & usableProtocols(mod), ANY_PROTOCOL);
  await print(`usable protocols: ${protocolsText(usable)}\n`);
  const protocol = chosenProtocol(usable & protocolsOf(context.allowedVersions));
  if (protocol === null) throw new UserError('no usable protocol');
  await print(`chosen protocol: ${protocol.name}\n`);
  const { version } = protocol;
  const options = { tableId: true };
  const variant = protocol.isNxm ? ({ variant: 'nx' } as const) : {};
  for (const [i, mod] of mods.entries()) {
    const message: Message = { name: 'flow_mod', version, xid: i + 1, body: forVersion(mod, version), ...variant };
    await context.print(decodeMessage(encoded(message, version), options));
  }
  return undefined;
}

function encoded(message: Message, version: OfVersion): Uint8Array {
  try {
    return encodeMessage(message, { tableId: true });
  } catch (error) {
    if (!(error instanceof OpenFlowError)) throw error;
    throw new UserError(`OpenFlow ${versionName(version)} cannot say this: ${error.message}`);
  }
}

/** A wrong text is the user's error. */
function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw asUserError(error);
  }
}

const parseOne: VerbRun = (context, [flow]) =>
  printFlowMods(context, [read(() => parseFlow(flow!, { anyCommand: true, onNote: context.onNote }))]);

const parseFile: VerbRun = (context, [file]) => {
  const text = readText(file!);
  return printFlowMods(
    context,
    read(() => parseFlowFile(text, file!, { anyCommand: true, onNote: context.onNote })),
  );
};

const ofpPrint: VerbRun = async (context, [hex, verbosity = '0']) => {
  const bytes = parseHexBytes(hex!.replaceAll(/\s/g, ''));
  if (bytes === null) throw new UserError('trailing garbage following hex bytes');
  if (!/^\d{1,9}$/.test(verbosity)) throw new UserError(`the verbosity is a number, not "${verbosity}"`);
  try {
    await context.print(decodeMessage(bytes), undefined, Number(verbosity));
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
