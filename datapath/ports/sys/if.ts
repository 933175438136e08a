/** Network interfaces by name: flags, MTU, MAC address, index, speed (netdevice(7)). */
import { SwitchError } from '../../base/error.js';
import type { PortState } from '../port.js';
import * as linux from './linux.js';
import { type Scratch, scratch } from './memory.js';
import { errno, errorText, libc, must } from './native.js';

export type InterfaceError = SwitchError<{
  code: 'bad-interface-name' | 'no-interface' | 'not-ethernet' | 'no-permission' | 'interface-busy' | 'system';
  name: string;
  errno?: number;
}>;

/** struct ifreq: the name, then 24 bytes of value. */
const VALUE = linux.IFNAMSIZ;
/** struct ethtool_cmd lies here in the scratch page: speed at 12, duplex at 14, upper half of the speed at 28. */
const ETHTOOL_AT = 64;
const ETHTOOL = { speed: 12, duplex: 14, speedHigh: 28 } as const;
const ARPHRD_ETHER = 1;
const SPEED_UNKNOWN = 0xffffffff;

/** Throws unless the kernel would take the name. */
export function checkName(name: string): void {
  const size = Buffer.byteLength(name);
  if (size === 0 || size >= linux.IFNAMSIZ) {
    throw bad(`"${name}" is not an interface name: it must have 1 to ${linux.IFNAMSIZ - 1} characters`, name);
  }
  if (name === '.' || name === '..' || /[/:\s]/.test(name)) {
    throw bad(`"${name}" is not an interface name: "/", ":" and white space are not allowed`, name);
  }
}

const bad = (message: string, name: string): InterfaceError =>
  new SwitchError(message, { code: 'bad-interface-name', name });

/** What the failed call on that interface means to a person. */
export function interfaceError(name: string, doing: string, code = errno()): InterfaceError {
  if (code === linux.ENODEV || code === linux.ENXIO) {
    return new SwitchError(`there is no network interface ${name}`, { code: 'no-interface', name, errno: code });
  }
  if (code === linux.EPERM || code === linux.EACCES) {
    const message = `${doing} ${name} is not permitted: it needs root (or CAP_NET_RAW and CAP_NET_ADMIN)`;
    return new SwitchError(message, { code: 'no-permission', name, errno: code });
  }
  if (code === linux.EBUSY) {
    const message = `the network interface ${name} is in use by another program`;
    return new SwitchError(message, { code: 'interface-busy', name, errno: code });
  }
  return new SwitchError(`${doing} ${name}: ${errorText(code)}`, { code: 'system', name, errno: code });
}

/** Writes the name where struct ifreq has it. */
export function putName(page: Scratch, name: string): void {
  checkName(name);
  page.bytes.set(Buffer.from(name), 0);
}

/** Through which interfaces are asked about: kept, so that asking works when no more descriptors are to be had. -1: not opened yet. */
let askingFd = -1;

function askingSocket(): number {
  if (askingFd !== -1) return askingFd;
  const fd = libc().socket(linux.AF_INET, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC, 0);
  return (askingFd = must(fd, 'opening a socket to ask about interfaces', 'socket'));
}

/** Makes one ioctl on the interface; the page is filled before and read after. The negative errno if it failed. */
function request(page: Scratch, code: number): number {
  return libc().ioctl(askingSocket(), code, page.address) === -1 ? -errno() : 0;
}

function get(name: string, code: number): Scratch | null {
  const page = scratch();
  putName(page, name);
  return request(page, code) === 0 ? page : null;
}

function set(name: string, code: number, doing: string, fill: (page: Scratch) => void): void {
  const page = scratch();
  putName(page, name);
  fill(page);
  const result = request(page, code);
  if (result !== 0) throw interfaceError(name, doing, -result);
}

/** Index of the interface, 0 if there is none. */
export const indexOf = (name: string): number => get(name, linux.SIOCGIFINDEX)?.data.getInt32(VALUE, true) ?? 0;

/** The IFF_* bits, 0 if there is no such interface. */
export const flagsOf = (name: string): number => get(name, linux.SIOCGIFFLAGS)?.data.getUint16(VALUE, true) ?? 0;

export const mtuOf = (name: string): number => get(name, linux.SIOCGIFMTU)?.data.getInt32(VALUE, true) ?? 0;

export const isEthernet = (name: string): boolean =>
  get(name, linux.SIOCGIFHWADDR)?.data.getUint16(VALUE, true) === ARPHRD_ETHER;

export const macOf = (name: string): Uint8Array =>
  get(name, linux.SIOCGIFHWADDR)?.bytes.slice(VALUE + 2, VALUE + 8) ?? new Uint8Array(6);

export function setUp(name: string, up: boolean): void {
  const flags = flagsOf(name);
  const wanted = up ? flags | linux.IFF_UP : flags & ~linux.IFF_UP;
  if (wanted === flags && flags !== 0) return;
  const doing = `setting ${up ? 'up' : 'down'}`;
  set(name, linux.SIOCSIFFLAGS, doing, (page) => page.data.setUint16(VALUE, wanted, true));
}

export function setMtu(name: string, mtu: number): void {
  set(name, linux.SIOCSIFMTU, `setting MTU ${mtu} on`, (page) => page.data.setInt32(VALUE, mtu, true));
}

export function setMac(name: string, mac: Uint8Array): void {
  set(name, linux.SIOCSIFHWADDR, 'setting the MAC address of', (page) => {
    page.data.setUint16(VALUE, ARPHRD_ETHER, true);
    page.bytes.set(mac.subarray(0, 6), VALUE + 2);
  });
}

/** Mbit/s and duplex; 0 if the driver does not say. */
function speedOf(name: string): { speed: number; fullDuplex: boolean } {
  const page = scratch();
  putName(page, name);
  page.data.setUint32(ETHTOOL_AT, linux.ETHTOOL_GSET, true);
  page.data.setBigUint64(VALUE, BigInt(page.address + ETHTOOL_AT), true);
  if (request(page, linux.SIOCETHTOOL) !== 0) return { speed: 0, fullDuplex: false };
  const low = page.data.getUint16(ETHTOOL_AT + ETHTOOL.speed, true);
  const high = page.data.getUint16(ETHTOOL_AT + ETHTOOL.speedHigh, true);
  const speed = ((high << 16) | low) >>> 0;
  return { speed: speed === SPEED_UNKNOWN ? 0 : speed, fullDuplex: page.bytes[ETHTOOL_AT + ETHTOOL.duplex] === 1 };
}

/** Nothing is known of it: there is no such interface. */
const NO_INTERFACE = { adminUp: false, linkUp: false, mtu: 0, ifindex: 0, speed: 0, fullDuplex: false } as const;

/** All of it; an interface that is not there has index 0 and is down. */
export function stateOf(name: string): PortState {
  const ifindex = indexOf(name);
  if (ifindex === 0) return { ...NO_INTERFACE, mac: new Uint8Array(6) };
  const flags = flagsOf(name);
  return {
    adminUp: (flags & linux.IFF_UP) !== 0,
    linkUp: (flags & linux.IFF_RUNNING) !== 0,
    mtu: mtuOf(name),
    mac: macOf(name),
    ifindex,
    ...speedOf(name),
  };
}
