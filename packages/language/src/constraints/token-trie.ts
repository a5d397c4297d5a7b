import type { Vocabulary } from '@ramble/core';

/**
 * The tokens of a vocabulary as a tree of their bytes, so that tokens with a common beginning are read together. Nodes
 * are in depth-first order: the subtree of a node is the nodes from it up to its end.
 */
export interface TokenTrie {
  /** Last byte of each node. */
  readonly bytes: Uint8Array;
  /** Number of bytes of each node; 1 for the first ones. */
  readonly depths: Uint16Array;
  /** Index after the subtree of each node. */
  readonly ends: Int32Array;
  /** A token that ends at the node; -1 for none. */
  readonly tokens: Int32Array;
  /** The token before each token with the same bytes; -1 for none. */
  readonly twins: Int32Array;
  /** Number of bytes of the longest token. */
  readonly depth: number;
}

const tries = new WeakMap<Vocabulary, TokenTrie>();

/**
 * Returns the trie of a vocabulary, which is built once.
 *
 * @throws RangeError if no token of the vocabulary has bytes.
 */
export function tokenTrie(vocabulary: Vocabulary): TokenTrie {
  let trie = tries.get(vocabulary);
  if (!trie) tries.set(vocabulary, (trie = buildTrie(vocabulary)));
  return trie;
}

function buildTrie(vocabulary: Vocabulary): TokenTrie {
  const twins = new Int32Array(vocabulary.size).fill(-1);
  /** A token by its bytes, which are characters so that they sort fast. */
  const byBytes = new Map<string, number>();
  let total = 0;
  for (let id = 0; id < vocabulary.size; id++) {
    const bytes = vocabulary.bytes?.(id);
    if (!bytes || bytes.length === 0) continue;
    const text = String.fromCharCode(...bytes);
    twins[id] = byBytes.get(text) ?? -1;
    byBytes.set(text, id);
    total += text.length;
  }
  if (total === 0) {
    throw new RangeError('constraint: expected a vocabulary of texts, got tokens that are no text');
  }
  const bytes = new Uint8Array(total);
  const depths = new Uint16Array(total);
  const ends = new Int32Array(total);
  const tokens = new Int32Array(total).fill(-1);
  const open: number[] = []; // the nodes of the last token's bytes
  let count = 0;
  let depth = 0;
  let last = '';
  for (const text of [...byBytes.keys()].sort()) {
    let common = 0;
    while (common < last.length && last.charCodeAt(common) === text.charCodeAt(common)) common++;
    while (open.length > common) ends[open.pop() ?? 0] = count;
    for (let at = common; at < text.length; at++) {
      bytes[count] = text.charCodeAt(at);
      depths[count] = at + 1;
      open.push(count++);
    }
    tokens[open[open.length - 1]] = byBytes.get(text) ?? -1;
    depth = Math.max(depth, text.length);
    last = text;
  }
  while (open.length > 0) ends[open.pop() ?? 0] = count;
  return {
    ...{ bytes: bytes.slice(0, count), depths: depths.slice(0, count) },
    ...{ ends: ends.slice(0, count), tokens: tokens.slice(0, count), twins, depth },
  };
}
