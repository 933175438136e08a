/**
 * OpenFlow connections for controllers written in TypeScript, the companion of `ctswitch/openflow`, whose messages they carry:
 *
 *     const remote = await connect('tcp:127.0.0.1:6654');
 *     const { flows } = await remote.request('flow_stats_request', parseFlowStatsRequest(''));
 */

export { ConnectError } from '../net/stream.js';
export { TargetError } from '../net/target.js';
export { connect, type ListenOptions, listen, type SwitchListener } from './connect.js';
export { RemoteError, type RemoteFailure } from './error.js';
export type { HandshakeOptions } from './handshake.js';
export { RemoteSwitch, type RemoteSwitchOptions } from './remote-switch.js';
export type { ReplyBody, RequestName } from './requests.js';
