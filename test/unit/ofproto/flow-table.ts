/** A switch without ports, told what to do in the words of ovs-ofctl. */
import { ManualClock } from '../../../datapath/base/clock.js';
import { OfConnection } from '../../../src/ofproto/connection.js';
import { handle } from '../../../src/ofproto/handlers.js';
import { Ofproto, type OfprotoOptions } from '../../../src/ofproto/ofproto.js';
import type { Rule } from '../../../src/ofproto/rule.js';
import { encodeMessage } from '../../../src/openflow/codec.js';
import type { ErrorName } from '../../../src/openflow/errors.js';
import type { FlowMod, Message, MessageBodies, MessageName, OfVersion } from '../../../src/openflow/message-types.js';
import { type FlowCommand, formatFlowStats, parseFlow } from '../../../src/text/flow.js';
import { QuietDatapath } from '../../helpers/quiet-datapath.js';

/** A connection that keeps what it is sent. */
export class RecordingConnection {
  readonly pushed: Message[] = [];
  readonly errors: { error: ErrorName; xid: number }[] = [];
  readonly connection: OfConnection;

  constructor(version: OfVersion, kind: 'service' | 'controller' = 'controller') {
    this.connection = new OfConnection(kind, version, {
      push: (message) => this.pushed.push(message),
      sendError: (error, xid) => this.errors.push({ error, xid }),
    });
  }
}

export class FlowTable {
  readonly clock = new ManualClock(0);
  readonly below = new QuietDatapath();
  readonly ofproto: Ofproto;
  nextXid = 1;

  constructor(options: Partial<OfprotoOptions> = {}) {
    this.ofproto = new Ofproto({ name: 'br0', datapathId: 1n, ...options });
    this.ofproto.provider = this.below;
  }

  connect(version: OfVersion, kind: 'service' | 'controller' = 'controller'): RecordingConnection {
    const peer = new RecordingConnection(version, kind);
    this.ofproto.addConnection(peer.connection);
    return peer;
  }

  /** Sends a message; the names of errors, or what was answered. */
  ask<N extends MessageName>(peer: RecordingConnection, name: N, body: MessageBodies[N]): ErrorName | Message[] {
    const { connection } = peer;
    const message = { name, version: connection.version, xid: this.nextXid++, body } as Message;
    const raw = name === 'bundle_add' ? encodeMessage(message) : new Uint8Array(64);
    const outcome = handle(this.ofproto, connection, message, raw, this.clock.now());
    return typeof outcome === 'string' ? outcome : [...outcome].filter((message) => message !== null);
  }

  /** One flow-mod over a connection of its own; null if it was accepted. */
  flowMod(command: FlowCommand, text: string, version: OfVersion = 4): ErrorName | null {
    const outcome = this.ask(new RecordingConnection(version), 'flow_mod', flowMod(command, text, version));
    return typeof outcome === 'string' ? outcome : null;
  }

  /** What dump-flows shows but for ages and "cookie=0x0", sorted. */
  dump(): string[] {
    return this.rules()
      .map((rule) => formatFlowStats(rule.stats(this.clock.now())).trim())
      .map((line) => line.replace(/ ?(duration|idle_age|hard_age)=[^ ]*,?|cookie=0x0,/g, '').trim())
      .map((line) => line.replace(/^,? */, ''))
      .sort();
  }

  rules(): Rule[] {
    return this.ofproto.tables.flatMap((table) => [...table]);
  }

  rule(): Rule {
    const rules = this.rules();
    if (rules.length !== 1) throw new Error(`there are ${rules.length} rules`);
    return rules[0]!;
  }
}

/** As the codec decodes what ovs-ofctl sends for this text in that version. */
export function flowMod(command: FlowCommand, text: string, version: OfVersion = 4): FlowMod {
  const mod = parseFlow(text, { command });
  const isModify = command === 'modify' || command === 'modify_strict';
  const addsWhenNothing = version === 1 || (version === 2 && mod.cookieMask === 0n);
  return {
    ...mod,
    modifyCookie: isModify && addsWhenNothing,
    flags: { ...mod.flags, resetCounts: mod.flags.resetCounts || (version <= 2 && command === 'add') },
  };
}
