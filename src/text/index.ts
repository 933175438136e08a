/** The text forms for outsiders: flows, matches, actions, messages, connections. */
export { formatActions, formatInstructions } from './action-print.js';
export { parseActions, parseInstructions } from './action-parse.js';
export { formatConnection, formatConnectionProc } from './conntrack.js';
export { FileTextError, TextError } from './error.js';
export {
  formatFlowStats,
  parseFlow,
  parseFlowFile,
  parseFlowStatsRequest,
  type FlowTextOptions,
  type MatchNote,
} from './flow.js';
export { formatMatch, parseMatch } from './match.js';
export { formatMessage } from './message.js';
export { NameMap, type Names } from './names.js';
export { formatDpProgram } from './odp-action.js';
export { formatDpFlow } from './odp-flow.js';
export { formatDpKey } from './odp-key.js';
export { formatPacket } from './packet.js';
