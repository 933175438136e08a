/** One datagram to a socket in the file system or in the abstract namespace (unix(7)): Node has stream sockets of that family only. */
import * as linux from './linux.js';
import { scratch } from './memory.js';
import { errno, libc, systemError } from './native.js';

/** struct sockaddr_un: the family, then the path. */
const FAMILY_SIZE = 2;
const PATH_ROOM = 108;
const AT = '@'.charCodeAt(0);

/** `path` beginning with "@" names a socket in the abstract namespace; `text` is short. Throws a NativeError if nobody takes it at once. */
export function sendUnixDatagram(path: string, text: string): void {
  const name = Buffer.from(path);
  const payload = Buffer.from(text);
  if (name.length >= PATH_ROOM) throw systemError(`sending to ${path}`, 'connect', linux.ENAMETOOLONG);
  const memory = scratch();
  memory.bytes.fill(0);
  memory.bytes[0] = linux.AF_UNIX;
  memory.bytes.set(name, FAMILY_SIZE);
  // An abstract name begins with a zero and has no end but its length; a path ends with a zero.
  const isAbstract = name[0] === AT;
  if (isAbstract) memory.bytes[FAMILY_SIZE] = 0;
  const payloadAt = FAMILY_SIZE + PATH_ROOM;
  memory.bytes.set(payload, payloadAt);
  const fd = libc().socket(linux.AF_UNIX, linux.SOCK_DGRAM | linux.SOCK_CLOEXEC | linux.SOCK_NONBLOCK, 0);
  if (fd === -1) throw systemError(`sending to ${path}`, 'socket', errno());
  try {
    const size = FAMILY_SIZE + name.length + (isAbstract ? 0 : 1);
    if (libc().connect(fd, memory.address, size) !== 0) throw systemError(`sending to ${path}`, 'connect', errno());
    if (libc().write(fd, memory.address + payloadAt, payload.length) === -1)
      throw systemError(`sending to ${path}`, 'write', errno());
  } finally {
    libc().close(fd);
  }
}
