/** VLAN tag (IEEE 802.1Q, 802.1ad): four bytes between the addresses and the type; 16 bits TPID, then the TCI. @hot */
import { load16, store16 } from '../base/bytes.js';
import { ETH_TYPE_VLAN, ETH_TYPE_VLAN_8021AD } from './numbers.js';

export const TAG_SIZE = 4;
/** Bit of the TCI that is the drop eligibility indicator on the wire; in flow keys it says that the tag is there. */
export const CFI = 0x1000;
export const VID_MASK = 0x0fff;
export const PCP_MASK = 0xe000;
export const PCP_SHIFT = 13;

export const isTpid = (ethType: number): boolean => ethType === ETH_TYPE_VLAN || ethType === ETH_TYPE_VLAN_8021AD;

/** `at` is where the TPID stands. */
export const tpid = (b: Uint8Array, at: number): number => load16(b, at);
export const tci = (b: Uint8Array, at: number): number => load16(b, at + 2);

export const setTpid = (b: Uint8Array, at: number, value: number): void => store16(b, at, value);
export const setTci = (b: Uint8Array, at: number, value: number): void => store16(b, at + 2, value);
