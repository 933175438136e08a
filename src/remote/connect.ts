/** Connections with switches, made or waited for. */
import { connect as open, listen as wait } from '../net/stream.js';
import { parseActiveTarget, parsePassiveTarget } from '../net/target.js';
import { RemoteError } from './error.js';
import { greet, type HandshakeOptions } from './handshake.js';
import type { RemoteSwitch } from './remote-switch.js';

/** Switches that one listener has at a time; others are refused. */
const MAX_SWITCHES = 1024;

/** For every switch that connects. */
export interface ListenOptions extends HandshakeOptions {
  /** Called for peers that sent no valid hello: they are gone already. */
  onRefused?: (error: Error) => void;
}

/** An address that switches connect to. */
export interface SwitchListener {
  /** The TCP port, which the system has chosen if 0 was asked for; null of a socket in the file system. */
  readonly port: number | null;
  /** Waits no longer; ends the connections that are there. */
  close(): Promise<void>;
}

/**
 * Connects to a switch, "tcp:HOST[:PORT]" or "unix:PATH" (a bridge's .mgmt socket is one), and gives it when hellos have been exchanged.
 * Fails with ConnectError, TargetError or RemoteError. A connection that ends is not made again.
 */
export async function connect(target: string, options?: HandshakeOptions): Promise<RemoteSwitch> {
  return greet(await open(parseActiveTarget(target)), options);
}

/**
 * Waits for switches at "ptcp:[PORT][:HOST]" (this machine only unless an address is given) or "punix:PATH". `serve` is called with each;
 * its connection ends when the promise that it returns does. What it throws is the program's own, except for RemoteErrors of a switch that
 * is gone.
 */
export async function listen(
  target: string,
  serve: (remote: RemoteSwitch) => Promise<void>,
  options: ListenOptions = {},
): Promise<SwitchListener> {
  const ends = new Set<() => void>();
  const listener = await wait(parsePassiveTarget(target), (stream) => {
    if (ends.size >= MAX_SWITCHES) return stream.destroy();
    const end = (): void => stream.destroy();
    ends.add(end);
    void greet(stream, options)
      .then(
        (remote) => attend(remote, serve),
        (error: Error) => options.onRefused?.(error),
      )
      .finally(() => ends.delete(end));
  });
  const close = async (): Promise<void> => {
    for (const end of ends) end();
    await listener.close();
  };
  return { port: listener.port, close };
}

async function attend(remote: RemoteSwitch, serve: (remote: RemoteSwitch) => Promise<void>): Promise<void> {
  try {
    await serve(remote);
  } catch (error) {
    if (remote.isOpen || !(error instanceof RemoteError)) throw error;
  } finally {
    remote.close();
  }
}
