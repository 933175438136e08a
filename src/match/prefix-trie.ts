/**
 * The prefixes that the rules of a classifier have in one address field, as a binary trie with compressed paths.
 *
 * For an address it answers which prefix lengths any rule could match it with, and how many bits of the address that
 * answer rests on. So a lookup can skip the subtables of other lengths and un-wildcard only those bits, not the whole
 * address: with rules for 10.1.0.0/16 and 10.2.3.0/24 a packet to 11.0.0.1 needs 8 bits to be told apart.
 * (After Open vSwitch's lib/classifier.h, "Tries".)
 *
 * Nodes are records of NODE_WORDS in one growing Int32Array; node 0 is "none". A node carries up to 32 bits of path,
 * longer ones are chains. Invariant: a node without rules has two children, or is part of such a chain, or the root.
 */

const PATH = 0;
const PATH_BITS = 1;
const CHILD = 2; // and CHILD + 1
const RULES = 4;
const NODE_WORDS = 5;
const CHUNK = 32;

/** What a trie begins with: a bridge has a thousand, and most stay empty. */
const NO_NODES = new Int32Array(NODE_WORDS);
/** Room when the first prefix comes. */
const FIRST_NODES = 16;

/** Prefix lengths go from 0 to 128. */
const MAX_BITS = 128;

/** A binary trie of the prefixes that rules have in one field. */
export class PrefixTrie {
  readonly bits: number;
  /** Answer of the last `lookup`: lengths[n] is 1 if a rule with the first n bits exists. */
  readonly lengths = new Uint8Array(MAX_BITS + 1);
  private nodes = NO_NODES;
  private used = 1;
  private free = 0;
  private root = 0;
  private total = 0;

  constructor(bits: number) {
    this.bits = bits;
  }

  /** Number of prefixes inserted, with repetitions. */
  get size(): number {
    return this.total;
  }

  /**
   * Fills `lengths` for the address at `at` (its most significant word first), and returns how many of its first bits
   * decided that.
   */
  lookup(words: Int32Array, at: number): number {
    const nodes = this.nodes;
    this.lengths.fill(0);
    let node = this.root;
    let last = 0;
    let depth = 0;
    while (node !== 0) {
      const pathBits = nodes[node + PATH_BITS];
      const equal = equalBits(nodes[node + PATH], pathBits, chunkAt(words, at, depth));
      depth += equal;
      if (equal < pathBits) return depth + 1; // the first bit that differs has been looked at
      if (nodes[node + RULES] > 0) this.lengths[depth] = 1;
      if (depth >= this.bits) return this.bits;
      last = node;
      node = nodes[node + CHILD + bitAt(words, at, depth)];
    }
    const isLeaf = last === 0 || (nodes[last + CHILD] === 0 && nodes[last + CHILD + 1] === 0);
    return isLeaf ? depth : depth + 1; // else that bit led to the branch which is not there
  }

  insert(words: Int32Array, at: number, length: number): void {
    this.total++;
    let parent = 0;
    let side = 0;
    let depth = 0;
    let node = this.root;
    while (node !== 0) {
      const pathBits = this.nodes[node + PATH_BITS];
      const limit = Math.min(pathBits, length - depth);
      const equal = Math.min(limit, equalBits(this.nodes[node + PATH], pathBits, chunkAt(words, at, depth)));
      if (equal < pathBits) {
        this.link(parent, side, this.split(node, equal));
        node = parent === 0 ? this.root : this.nodes[parent + CHILD + side];
      }
      depth += equal;
      if (depth === length) {
        this.nodes[node + RULES]++;
        return;
      }
      parent = node;
      side = bitAt(words, at, depth);
      node = this.nodes[node + CHILD + side];
    }
    this.link(parent, side, this.branch(words, at, depth, length));
  }

  /** The prefix must have been inserted. */
  remove(words: Int32Array, at: number, length: number): void {
    this.total--;
    this.root = this.removeBelow(this.root, words, at, 0, length);
  }

  /** Throws unless counts, bit widths and the invariant on nodes hold. */
  selfCheck(): void {
    const found = this.root === 0 ? 0 : this.checkNode(this.root, 0, true);
    if (found !== this.total) throw new Error(`prefix trie: ${found} prefixes reachable, ${this.total} counted`);
  }

  private removeBelow(node: number, words: Int32Array, at: number, depth: number, length: number): number {
    depth += this.nodes[node + PATH_BITS];
    if (depth === length) {
      this.nodes[node + RULES]--;
    } else {
      const side = bitAt(words, at, depth);
      const child = this.removeBelow(this.nodes[node + CHILD + side], words, at, depth, length);
      this.nodes[node + CHILD + side] = child;
    }
    return this.prune(node);
  }

  /** Removes a node that has become useless; returns what stands in its place. */
  private prune(node: number): number {
    const nodes = this.nodes;
    const left = nodes[node + CHILD];
    const right = nodes[node + CHILD + 1];
    if (nodes[node + RULES] > 0 || (left !== 0 && right !== 0)) return node;
    const child = left !== 0 ? left : right;
    if (child !== 0 && nodes[node + PATH_BITS] + nodes[child + PATH_BITS] > CHUNK) return node;
    if (child !== 0) {
      // The child takes over the path; which of the two it was is the first bit of its own.
      const bits = nodes[node + PATH_BITS];
      nodes[child + PATH] = bits === 0 ? nodes[child + PATH] : nodes[node + PATH] | (nodes[child + PATH] >>> bits);
      nodes[child + PATH_BITS] += bits;
    }
    this.release(node);
    return child;
  }

  /** A chain of nodes for the bits depth .. length - 1 of a prefix. */
  private branch(words: Int32Array, at: number, depth: number, length: number): number {
    const bits = Math.min(CHUNK, length - depth);
    const node = this.allocate(chunkAt(words, at, depth), bits);
    if (depth + bits === length) {
      this.nodes[node + RULES] = 1;
    } else {
      const rest = this.branch(words, at, depth + bits, length);
      this.nodes[node + CHILD + bitAt(words, at, depth + bits)] = rest;
    }
    return node;
  }

  /** Puts a node for the first `bits` of the path in front of the node; returns it. */
  private split(node: number, bits: number): number {
    const path = this.nodes[node + PATH];
    const front = this.allocate(path, bits);
    const rest = bits === 0 ? path : path << bits;
    this.nodes[node + PATH] = rest;
    this.nodes[node + PATH_BITS] -= bits;
    this.nodes[front + CHILD + (rest >>> 31)] = node;
    return front;
  }

  private link(parent: number, side: number, node: number): void {
    if (parent === 0) this.root = node;
    else this.nodes[parent + CHILD + side] = node;
  }

  private allocate(path: number, bits: number): number {
    let node = this.free;
    if (node !== 0) {
      this.free = this.nodes[node + CHILD];
    } else {
      node = this.used * NODE_WORDS;
      this.used++;
      if (node + NODE_WORDS > this.nodes.length) this.grow();
    }
    this.nodes[node + PATH] = bits === 0 ? 0 : path & (-1 << (CHUNK - bits));
    this.nodes[node + PATH_BITS] = bits;
    this.nodes[node + CHILD] = 0;
    this.nodes[node + CHILD + 1] = 0;
    this.nodes[node + RULES] = 0;
    return node;
  }

  private release(node: number): void {
    this.nodes[node + CHILD] = this.free;
    this.free = node;
  }

  private grow(): void {
    const nodes = new Int32Array(Math.max(NODE_WORDS * FIRST_NODES, this.nodes.length * 2));
    nodes.set(this.nodes);
    this.nodes = nodes;
  }

  private checkNode(node: number, depth: number, isRoot: boolean): number {
    const n = this.nodes;
    const bits = n[node + PATH_BITS];
    depth += bits;
    if (depth > this.bits || bits > CHUNK || (bits === 0 && !isRoot))
      throw new Error(`prefix trie: ${bits} bits at ${depth}`);
    let found = n[node + RULES];
    let children = 0;
    for (let side = 0; side < 2; side++) {
      const child = n[node + CHILD + side];
      if (child === 0) continue;
      children++;
      if (n[child + PATH] >>> 31 !== side) throw new Error('prefix trie: a child on the wrong side');
      found += this.checkNode(child, depth, false);
    }
    if (children === 0 && n[node + RULES] === 0) throw new Error('prefix trie: an empty leaf');
    return found;
  }
}

/** The 32 bits from bit `depth` on; those behind the address's end are not meaningful. */
function chunkAt(words: Int32Array, at: number, depth: number): number {
  const i = at + (depth >>> 5);
  const bit = depth & 31;
  return bit === 0 ? words[i] : (words[i] << bit) | (words[i + 1] >>> (32 - bit));
}

function bitAt(words: Int32Array, at: number, depth: number): number {
  return (words[at + (depth >>> 5)] >>> (31 - (depth & 31))) & 1;
}

/** How many of the first `bits` bits are equal. */
function equalBits(a: number, bits: number, b: number): number {
  const equal = Math.clz32(a ^ b);
  return Math.min(equal, bits);
}
