/** What the switch keeps of one OpenFlow connection: its settings, and where its messages go. Sockets are not known here. */
import type { ErrorName } from '../openflow/errors.js';
import type { Message, MessageBodies, MessageName, OfVersion, RoleName, Variant } from '../openflow/message-types.js';
import { AsyncConfig, type AsyncKind } from './async-config.js';
import type { Bundle } from './bundles.js';

export interface MessageSink {
  /** A message nobody asked for: lost, and counted, if the reader is too slow. */
  push(message: Message): void;
  /** An error about the message in `quoted`. */
  sendError(error: ErrorName, xid: number, quoted: Uint8Array): void;
}

/** `service`: tools on the bridge's own socket, which get asynchronous messages only once they ask; `controller`: all others. */
export type ConnectionKind = 'service' | 'controller';

const CONTROLLER_MISS_SEND_LEN = 128;

export class OfConnection {
  readonly kind: ConnectionKind;
  readonly version: OfVersion;
  readonly sink: MessageSink;
  role: RoleName = 'equal';
  missSendLen: number;
  controllerId = 0;
  /** Encodings that the peer has chosen: of packet-ins, of flows in replies, and the table in a flow-mod's command. */
  packetInVariant: Variant | null = null;
  flowVariant: Variant | null = null;
  flowModTableId = false;
  readonly async = new AsyncConfig();
  readonly bundles = new Map<number, Bundle>();

  constructor(kind: ConnectionKind, version: OfVersion, sink: MessageSink) {
    this.kind = kind;
    this.version = version;
    this.sink = sink;
    this.missSendLen = kind === 'service' ? 0 : CONTROLLER_MISS_SEND_LEN;
  }

  wants(kind: AsyncKind, reason: number): boolean {
    if (this.kind === 'service' && this.missSendLen === 0) return false;
    return this.async.wants(kind, reason, this.role);
  }

  push<N extends MessageName>(name: N, body: MessageBodies[N], variant: Variant | null = null): void {
    this.sink.push(message(this.version, 0, name, body, variant));
  }
}

export function message<N extends MessageName>(
  version: OfVersion,
  xid: number,
  name: N,
  body: MessageBodies[N],
  variant: Variant | null = null,
): Message {
  return (variant === null ? { name, version, xid, body } : { name, version, xid, variant, body }) as Message;
}
