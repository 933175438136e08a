/** Words of the side record that connections with a helper and their children have (CONN_EXTRA). */
import { PORT_FTP, PORT_TFTP } from '../../wire/numbers.js';

/** Port that stands for the helper: 21 ftp, 69 tftp, 0 none. */
export const EXTRA_HELPER = 0;
/** By how much the payload of the connection has grown, and the direction it grew in. */
export const EXTRA_SKEW = 1;
export const EXTRA_SKEW_DIRECTION = 2;
/** KEY_WORDS of the connection that announced this one, original direction; meta 0 if there is none. */
export const EXTRA_PARENT = 4;
export const EXTRA_WORDS = 14;

export const HELPER_NONE = 0;
export const HELPER_FTP = PORT_FTP;
export const HELPER_TFTP = PORT_TFTP;
