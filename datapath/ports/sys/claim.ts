/**
 * Claims on interfaces, so that two switches do not forward the same frames twice: an abstract Unix socket named after the
 * interface's index. Such names belong to the network namespace, as interfaces do, and vanish with their process.
 */
import { readlinkSync } from 'node:fs';
import { SwitchError } from '../../base/error.js';
import { type InterfaceError, interfaceError } from './if.js';
import * as linux from './linux.js';
import { scratch } from './memory.js';
import { errno, libc, must } from './native.js';

const EADDRINUSE = 98;

/** Returns a descriptor to close when the interface is no longer needed; throws if it is another's. */
export function claim(name: string, ifindex: number): number {
  const master = masterOf(name);
  if (master !== null) throw busy(name, `is already a port of ${master}`);
  const fd = must(
    libc().socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC, 0),
    `claiming the network interface ${name}`,
    'socket',
  );
  const page = scratch();
  const path = Buffer.from(`\0ctswitch/interface/${ifindex}`);
  page.data.setUint16(0, linux.AF_UNIX, true);
  page.bytes.set(path, 2);
  if (libc().bind(fd, page.address, 2 + path.length) === 0) return fd;
  const code = errno();
  libc().close(fd);
  throw code === EADDRINUSE
    ? busy(name, 'is already a port of another switch')
    : interfaceError(name, 'claiming', code);
}

const busy = (name: string, why: string): InterfaceError =>
  new SwitchError(`the network interface ${name} ${why}`, { code: 'interface-busy', name });

/** The bridge, bond or kernel datapath that the interface is enslaved to. */
function masterOf(name: string): string | null {
  try {
    return readlinkSync(`/sys/class/net/${name}/master`).split('/').at(-1) ?? null;
  } catch {
    return null;
  }
}
