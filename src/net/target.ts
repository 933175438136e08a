/**
 * Connection targets as Open vSwitch writes them: "tcp:HOST[:PORT]", "unix:PATH", and passive ones, "ptcp:[PORT][:HOST]",
 * "punix:PATH[:MODE]". IPv6 addresses stand in brackets.
 */
import { SwitchError } from '../../datapath/base/error.js';

/**
 * A place to connect to or to listen on, as Open vSwitch writes them: "tcp:HOST[:PORT]", "unix:PATH", "ptcp:[PORT][:HOST]", "punix:PATH".
 */
export type Target =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'punix'; path: string; mode: number }
  /** An empty host is the loopback interface, in both families. */
  | { kind: 'ptcp'; host: string; port: number };

export type ActiveTarget = Extract<Target, { kind: 'unix' | 'tcp' }>;
export type PassiveTarget = Extract<Target, { kind: 'punix' | 'ptcp' }>;

/** The port of OpenFlow. */
export const OPENFLOW_PORT = 6653;
/** Access to sockets in the file system: owner and group, as Open vSwitch sets it. */
export const SOCKET_MODE = 0o750;

/** A text that names no place to connect to or to listen on; the message says what would. */
export class TargetError extends SwitchError<{ code: 'bad-target'; target: string }> {
  constructor(target: string, why: string) {
    super(`"${target}" is not a connection target: ${why}`, { code: 'bad-target', target });
  }
}

/** Throws a TargetError that names what would be right. */
export function parseTarget(text: string, defaultPort = OPENFLOW_PORT): Target {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? '' : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  switch (kind) {
    case 'unix':
      return { kind, path: pathOf(text, rest) };
    case 'punix':
      return punix(text, rest);
    case 'tcp': {
      const { host, port } = hostAndPort(text, rest);
      if (host === '') throw new TargetError(text, 'the address is missing');
      return { kind, host, port: port ?? defaultPort };
    }
    case 'ptcp':
      return ptcp(text, rest, defaultPort);
    case 'ssl':
    case 'pssl':
      throw new TargetError(text, 'TLS is not supported');
    default:
      throw new TargetError(text, 'it must begin with unix:, tcp:, punix: or ptcp:');
  }
}

export function parseActiveTarget(text: string, defaultPort = OPENFLOW_PORT): ActiveTarget {
  const target = parseTarget(text, defaultPort);
  if (target.kind === 'punix' || target.kind === 'ptcp') throw new TargetError(text, 'it only waits for connections');
  return target;
}

export function parsePassiveTarget(text: string, defaultPort = OPENFLOW_PORT): PassiveTarget {
  const target = parseTarget(text, defaultPort);
  if (target.kind === 'unix' || target.kind === 'tcp') throw new TargetError(text, 'it cannot wait for connections');
  return target;
}

export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'unix':
    case 'punix':
      return `${target.kind}:${target.path}`;
    case 'tcp':
      return `tcp:${bracketed(target.host)}:${target.port}`;
    case 'ptcp':
      return target.host === '' ? `ptcp:${target.port}` : `ptcp:${target.port}:${bracketed(target.host)}`;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function pathOf(text: string, path: string): string {
  if (path === '') throw new TargetError(text, 'the path is missing');
  return path;
}

function punix(text: string, rest: string): PassiveTarget {
  const mode = /:([0-7]{3,4})$/.exec(rest);
  if (mode === null) return { kind: 'punix', path: pathOf(text, rest), mode: SOCKET_MODE };
  return { kind: 'punix', path: pathOf(text, rest.slice(0, mode.index)), mode: Number.parseInt(mode[1]!, 8) };
}

function ptcp(text: string, rest: string, defaultPort: number): PassiveTarget {
  const colon = rest.indexOf(':');
  const port = colon < 0 ? rest : rest.slice(0, colon);
  const host = colon < 0 ? '' : rest.slice(colon + 1).replace(/^\[(.*)\]$/, '$1');
  // Port 0: the system chooses one.
  return { kind: 'ptcp', host, port: port === '' ? defaultPort : portNumber(text, port, 0) };
}

function hostAndPort(text: string, rest: string): { host: string; port: number | null } {
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(rest) ?? /^([^:]*)(?::(.*))?$/.exec(rest);
  if (bracket === null) throw new TargetError(text, 'an IPv6 address stands in brackets');
  return { host: bracket[1]!, port: bracket[2] === undefined ? null : portNumber(text, bracket[2], 1) };
}

function portNumber(text: string, digits: string, least: number): number {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : -1;
  if (port < least || port > 65535) throw new TargetError(text, `"${digits}" is not a TCP port`);
  return port;
}
