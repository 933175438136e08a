/**
 * The ct action as words of a datapath program: what the tracker reads at `program[at + ...]`.
 * Built by actions/program, read by conntrack; zero means "not given" throughout.
 */

export const CT_FLAGS = 0;
export const CT_ZONE = 1;
export const CT_MARK_VALUE = 2;
export const CT_MARK_MASK = 3;
/** Four words each, most significant first. */
export const CT_LABEL_VALUE = 4;
export const CT_LABEL_MASK = 8;
/** Port number of the helper: 0 none, 21 ftp, 69 tftp. */
export const CT_HELPER = 12;
export const CT_TIMEOUT_POLICY = 13;
/** Zero: no nat(); else CT_NAT_* flags. */
export const CT_NAT_FLAGS = 14;
/** Four words each; an IPv4 address stands in the first. */
export const CT_NAT_MIN_ADDR = 15;
export const CT_NAT_MAX_ADDR = 19;
export const CT_NAT_MIN_PORT = 23;
export const CT_NAT_MAX_PORT = 24;
export const CT_ACTION_WORDS = 25;

export const CT_COMMIT = 1;
export const CT_FORCE = 2;

export const CT_NAT = 1;
export const CT_NAT_SRC = 2;
export const CT_NAT_DST = 4;
export const CT_NAT_PERSISTENT = 8;
export const CT_NAT_HASH = 16;
export const CT_NAT_RANDOM = 32;
export const CT_NAT_IPV4 = 64;
export const CT_NAT_IPV6 = 128;
export const CT_NAT_PORTS = 256;
