/** The text forms for outsiders: flows, matches, actions, messages, connections. */

export { parseActions, parseInstructions } from './action-parse.js';
export { formatActions, formatInstructions } from './action-print.js';
export { formatConnection } from './conntrack.js';
export { formatConnectionProc, formatConnectionTool } from './conntrack-linux.js';
export { FileTextError, TextError } from './error.js';
export {
  type FlowTextOptions,
  formatFlowStats,
  type MatchNote,
  parseFlow,
  parseFlowFile,
  parseFlowStatsRequest,
} from './flow.js';
export { formatMatch, parseMatch } from './match.js';
export { formatMessage } from './message.js';
export { NameMap, type Names } from './names.js';
export { formatDpProgram } from './odp-action.js';
export { formatDpFlow } from './odp-flow.js';
export { formatDpKey } from './odp-key.js';
export { formatPacket } from './packet.js';
