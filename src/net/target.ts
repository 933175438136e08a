/**
 * The addresses of sockets as Open vSwitch writes them: `unix:PATH`, `tcp:HOST:PORT` to connect to, `punix:PATH[:MODE]`,
 * `ptcp:PORT[:HOST]` to listen on. A TCP listener without a host binds to loopback: who wants more says so.
 */
import { SwitchError } from '../../datapath/base/error.js';

export type Target =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'punix'; path: string; mode: number }
  | { kind: 'ptcp'; host: string; port: number };
export type ActiveTarget = Extract<Target, { kind: 'unix' | 'tcp' }>;
export type PassiveTarget = Extract<Target, { kind: 'punix' | 'ptcp' }>;

export class TargetError extends SwitchError<{ code: 'bad-target'; target: string }> {
  constructor(target: string, problem: string) {
    super(`"${target}": ${problem}`, { code: 'bad-target', target });
  }
}

/** IANA's port of OpenFlow. */
export const OPENFLOW_PORT = 6653;
/** As Open vSwitch makes its sockets: the owner may do all, the group may connect. */
export const DEFAULT_SOCKET_MODE = 0o750;

export function parseTarget(text: string, defaultPort = OPENFLOW_PORT): Target {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  switch (kind) {
    case 'unix':
      return { kind, path: pathOf(text, rest) };
    case 'punix':
      return parsePassiveUnix(text, rest);
    case 'tcp':
      return { kind, ...parseHostPort(text, rest, defaultPort) };
    case 'ptcp':
      return parsePassiveTcp(text, rest, defaultPort);
    case 'ssl':
    case 'pssl':
      throw new TargetError(text, 'TLS connections are not supported yet; use unix: or tcp:');
    default:
      throw new TargetError(text, 'expected unix:PATH, tcp:HOST[:PORT], punix:PATH or ptcp:[PORT][:HOST]');
  }
}

export function isPassive(target: Target): target is PassiveTarget {
  return target.kind === 'punix' || target.kind === 'ptcp';
}

export function formatTarget(target: Target): string {
  switch (target.kind) {
    case 'unix':
    case 'punix':
      return `${target.kind}:${target.path}`;
    case 'tcp':
      return `tcp:${bracketed(target.host)}:${target.port}`;
    case 'ptcp':
      return `ptcp:${target.port}:${bracketed(target.host)}`;
  }
}

function pathOf(text: string, path: string): string {
  if (path === '') throw new TargetError(text, 'the path of the socket is missing');
  return path;
}

function parsePassiveUnix(text: string, rest: string): Target {
  const mode = /^(.*):(0?[0-7]{3})$/.exec(rest);
  if (mode === null) return { kind: 'punix', path: pathOf(text, rest), mode: DEFAULT_SOCKET_MODE };
  return { kind: 'punix', path: pathOf(text, mode[1]), mode: Number.parseInt(mode[2], 8) };
}

/** `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT`. */
function parseHostPort(text: string, rest: string, defaultPort: number): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(rest);
  if (parts === null) throw new TargetError(text, 'expected HOST:PORT, an IPv6 address in brackets');
  return { host: parts[1] ?? parts[2], port: portOf(text, parts[3], defaultPort) };
}

/** ``, `PORT`, `PORT:HOST`. */
function parsePassiveTcp(text: string, rest: string, defaultPort: number): Target {
  const parts = /^(\d*)(?::(?:\[([^\]]+)\]|([^:]+)))?$/.exec(rest);
  if (parts === null) throw new TargetError(text, 'expected ptcp:[PORT][:HOST], an IPv6 address in brackets');
  const port = parts[1] === '' ? defaultPort : portOf(text, parts[1], defaultPort);
  return { kind: 'ptcp', host: parts[2] ?? parts[3] ?? '127.0.0.1', port };
}

function portOf(text: string, digits: string | undefined, defaultPort: number): number {
  if (digits === undefined) return defaultPort;
  const port = Number(digits);
  if (port > 0xffff) throw new TargetError(text, `${digits} is not a TCP port`);
  return port;
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
