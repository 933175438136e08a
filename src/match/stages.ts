/**
 * The stages of a staged lookup: metadata and registers, then L2, L3, L4. A subtable is searched stage by stage, so that
 * a packet which no rule resembles in its registers never has its addresses looked at.
 */
import * as w from '../../datapath/keys/layout.js';

export const STAGES = 4;
const METADATA = 0;
const L2 = 1;
const L3 = 2;
const L4 = 3;

/** dl_type is L2; nw_proto and ip_frag, which share its word, are L3. */
const DL_TYPE_BITS = 0xffff0000 | 0;

const STAGE_OF_WORD = new Uint8Array(w.FLOW_WORDS); // METADATA unless said otherwise
assign(L2, w.W_DL, w.W_TYPE_PROTO_FRAG);
assign(L3, w.W_TYPE_PROTO_FRAG, w.W_TP);
assign(L4, w.W_TP, w.COMMON_WORDS);
assign(L2, w.W_VLAN, w.W_PKT_MARK);
assign(L3, w.W_CT_NW_SRC, w.W_CT_TP);
assign(L4, w.W_CT_TP, w.W_CT_NW_PROTO);
assign(L3, w.W_CT_IPV6_SRC, w.W_ND_RESERVED);
assign(L4, w.W_ND_RESERVED, w.W_MPLS);
assign(L2, w.W_MPLS, w.W_TUN_ID);
assign(L3, w.W_NSH_BASE, w.DP_WORDS);

function assign(stage: number, from: number, to: number): void {
  STAGE_OF_WORD.fill(stage, from, to);
}

/** The words of a mask in the order in which they are looked at. */
export interface StagedMask {
  readonly words: Int32Array;
  readonly masks: Int32Array;
  /** For each stage that adds words: the number of words up to its end. At least one; the last one is all. */
  readonly ends: Int32Array;
}

/** Orders a mask's words by stage; the word that two stages share comes twice, with each stage's bits. */
export function stageMask(words: readonly number[], masks: readonly number[]): StagedMask {
  const ordered: [word: number, mask: number][] = [];
  const ends: number[] = [];
  for (let stage = METADATA; stage < STAGES; stage++) {
    const before = ordered.length;
    for (let i = 0; i < words.length; i++) {
      const mask = masks[i]! & bitsInStage(words[i]!, stage);
      if (mask !== 0) ordered.push([words[i]!, mask]);
    }
    if (ordered.length > before) ends.push(ordered.length);
  }
  return {
    words: Int32Array.from(ordered, ([word]) => word),
    masks: Int32Array.from(ordered, ([, mask]) => mask),
    ends: Int32Array.from(ends.length === 0 ? [0] : ends),
  };
}

function bitsInStage(word: number, stage: number): number {
  if (word !== w.W_TYPE_PROTO_FRAG) return STAGE_OF_WORD[word] === stage ? -1 : 0;
  if (stage === L2) return DL_TYPE_BITS;
  return stage === L3 ? ~DL_TYPE_BITS : 0;
}
