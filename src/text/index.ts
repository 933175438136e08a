/** The text forms for outsiders: flows, matches, actions, messages, connections. */

export { parseActions, parseInstructions } from './action-parse.js';
export { formatActions, formatInstructions } from './action-print.js';
export { type ConnectionFormat, formatConnection } from './conntrack.js';
export { formatConnectionProc, formatConnectionTool } from './conntrack-linux.js';
export { FileTextError, TextError } from './error.js';
export {
  type FlowCommand,
  type FlowPrintOptions,
  type FlowTextOptions,
  formatFlowStats,
  type MatchNote,
  parseFlow,
  parseFlowFile,
  parseFlowStatsRequest,
} from './flow.js';
export { composeFrame } from './frame.js';
export { formatMatch, type MatchPrintOptions, parseMatch } from './match.js';
export { formatMessage, type MessagePrintOptions } from './message.js';
export { NameMap, type Names } from './names.js';
export { type DpActionPrintOptions, formatDpProgram } from './odp-action.js';
export { type DpFlowPrintOptions, type DpFlowText, formatDpFlow } from './odp-flow.js';
export { type DpPrintOptions, formatDpKey } from './odp-key.js';
export { formatPacket } from './packet.js';
