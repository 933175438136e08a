/** Numbers of the Linux kernel interface (the same on every architecture that Node supports, unless said otherwise). */

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
/** ETH_P_ALL in network byte order, as `socket(AF_PACKET)` wants it on a little-endian machine. */
export const ETH_P_ALL_BE = 0x0300;

export const ENAMETOOLONG = 36;

export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;

export const NETLINK_ROUTE = 0;
/** Bit in sockaddr_nl.nl_groups: links that come, go and change. */
export const RTMGRP_LINK = 1;

export const SOL_PACKET = 263;
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_DROP_MEMBERSHIP = 2;
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
export const PACKET_COPY_THRESH = 7;
export const PACKET_AUXDATA = 8;
export const PACKET_VERSION = 10;
export const PACKET_RESERVE = 12;
export const PACKET_VNET_HDR = 15;
export const PACKET_IGNORE_OUTGOING = 23;
export const PACKET_MR_PROMISC = 1;
export const TPACKET_V2 = 1;

export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1;
export const TP_STATUS_COPY = 2;
export const TP_STATUS_VLAN_VALID = 0x10;
export const TP_STATUS_VLAN_TPID_VALID = 0x40;

export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;

export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const MAP_SHARED = 1;
export const MAP_PRIVATE = 2;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_NORESERVE = 0x4000;

export const EPOLLIN = 1;
export const EPOLLERR = 8;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CLOEXEC = 0x80000;

export const O_RDWR = 2;
export const O_CREAT = 0x40;
export const O_NONBLOCK = 0x800;
export const O_CLOEXEC = 0x80000;

/** fcntl commands of POSIX record locks on 64-bit machines; `struct flock` is 32 bytes there. */
export const F_GETLK = 5;
export const F_SETLK = 6;
export const F_WRLCK = 1;
export const F_UNLCK = 2;

export const SIOCGIFFLAGS = 0x8913;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCGIFMTU = 0x8921;
export const SIOCSIFMTU = 0x8922;
export const SIOCSIFHWADDR = 0x8924;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFINDEX = 0x8933;
export const SIOCETHTOOL = 0x8946;
export const ETHTOOL_GSET = 1;
/** Bytes of an interface name, the closing zero included. */
export const IFNAMSIZ = 16;
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const IFF_PROMISC = 0x100;

export const TUNSETIFF = 0x400454ca;
export const TUNGETIFF = 0x800454d2;
export const TUNSETOFFLOAD = 0x400454d0;
export const IFF_TAP = 0x0002;
export const IFF_NO_PI = 0x1000;
export const IFF_VNET_HDR = 0x4000;
export const TUN_F_CSUM = 0x01;
export const TUN_F_TSO4 = 0x02;
export const TUN_F_TSO6 = 0x04;
export const TUN_F_TSO_ECN = 0x08;

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const EBUSY = 16;
export const ENODEV = 19;
export const EMSGSIZE = 90;
export const ENETDOWN = 100;
export const ENOBUFS = 105;
export const ENXIO = 6;
