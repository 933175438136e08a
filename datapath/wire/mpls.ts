/** MPLS label stack entry (RFC 3032): label 20, traffic class 3, bottom of stack 1, TTL 8 bits. @hot */
import { load32, store32 } from '../base/bytes.js';
import { ETH_TYPE_MPLS, ETH_TYPE_MPLS_MCAST } from './numbers.js';

export const ENTRY_SIZE = 4;
export const BOTTOM = 0x100;
export const TTL_MASK = 0xff;

export const isEthType = (ethType: number): boolean => ethType === ETH_TYPE_MPLS || ethType === ETH_TYPE_MPLS_MCAST;

export const entry = (b: Uint8Array, at: number): number => load32(b, at);
export const setEntry = (b: Uint8Array, at: number, value: number): void => store32(b, at, value);

export const label = (value: number): number => value >>> 12;
export const trafficClass = (value: number): number => (value >>> 9) & 7;
export const isBottom = (value: number): boolean => (value & BOTTOM) !== 0;
export const ttl = (value: number): number => value & TTL_MASK;

export const makeEntry = (labelValue: number, tc: number, bottom: boolean, ttlValue: number): number =>
  (labelValue << 12) | (tc << 9) | (bottom ? BOTTOM : 0) | ttlValue;
