import type { Vocabulary } from '@ramble/core';

/**
 * The tokens of a vocabulary as a tree of their bytes, so that tokens with a common beginning are read together. Nodes
 * are in depth-first order: the subtree of a node is the nodes from it up to its end.
 */
export interface TokenTrie {
  /** Last byte of each node. */
  readonly bytes: Uint8Array;
  /** Depth of each node, which is the number of bytes up to it; 1 for a first byte. */
  readonly depths: Uint16Array;
  /** Index after the subtree of each node. */
  readonly ends: Int32Array;
  /** Id of a token that ends at each node; -1 for none. */
  readonly tokens: Int32Array;
  /** Number of bytes of the longest token. */
  readonly depth: number;
}

/** The tokens of a vocabulary as two trees. */
export interface TokenTries {
  /** The tokens of at most 16 bytes, nearly all. */
  readonly short: TokenTrie;
  /** The other tokens, such as long runs of blanks. */
  readonly long: TokenTrie;
  /** Id of another token with the same bytes as each token; -1 for none. They form a linked list. */
  readonly twins: Int32Array;
  /** Names of the special tokens, the longest first. */
  readonly specials: readonly string[];
}

const SHORT = 16;
/** A byte that occurs in no UTF-8 text. It encloses the names of special tokens, so that text never matches them. */
const MARK = 0xff;

const tries = new WeakMap<Vocabulary, TokenTries>();

/**
 * Returns the tries of a vocabulary, which are built once.
 *
 * @throws RangeError if no token of the vocabulary has bytes.
 */
export function tokenTries(vocabulary: Vocabulary): TokenTries {
  let found = tries.get(vocabulary);
  if (!found) tries.set(vocabulary, (found = buildTries(vocabulary)));
  return found;
}

/** Returns the bytes that stand for a special token in constraints: its name between marks. No text has these bytes. */
export function specialBytes(name: string): Uint8Array {
  return Uint8Array.of(MARK, ...new TextEncoder().encode(name), MARK);
}

function buildTries(vocabulary: Vocabulary): TokenTries {
  const twins = new Int32Array(vocabulary.size).fill(-1);
  /** Id of a token by its bytes, as a string with one character for each byte, so that they sort fast. */
  const byBytes = new Map<string, number>();
  for (let id = 0; id < vocabulary.size; id++) {
    const bytes = vocabulary.bytes?.(id);
    if (!bytes || bytes.length === 0 || bytes.includes(MARK)) continue;
    const text = String.fromCharCode(...bytes);
    twins[id] = byBytes.get(text) ?? -1;
    byBytes.set(text, id);
  }
  if (byBytes.size === 0) {
    throw new RangeError('constraint: expected a vocabulary of texts, got tokens that are no text');
  }
  const specials = [...(vocabulary.specialTokens ?? [])].filter(
    ([, id]) => !vocabulary.bytes?.(id),
  );
  for (const [name, id] of specials) byBytes.set(String.fromCharCode(...specialBytes(name)), id);
  const sorted = [...byBytes].sort(([a], [b]) => (a < b ? -1 : 1));
  const trieOf = (isIn: (length: number) => boolean): TokenTrie =>
    buildTrie(sorted.filter(([text]) => isIn(text.length)));
  return {
    short: trieOf((length) => length <= SHORT),
    long: trieOf((length) => length > SHORT),
    twins,
    specials: specials.map(([name]) => name).sort((a, b) => b.length - a.length),
  };
}

/** Builds the trie of tokens, which are in the order of their bytes. */
function buildTrie(sorted: readonly (readonly [text: string, id: number])[]): TokenTrie {
  const total = sorted.reduce((sum, [text]) => sum + text.length, 0);
  const bytes = new Uint8Array(total);
  const depths = new Uint16Array(total);
  const ends = new Int32Array(total);
  const tokens = new Int32Array(total).fill(-1);
  const open: number[] = []; // the nodes of the last token's bytes
  let count = 0;
  let depth = 0;
  let last = '';
  for (const [text, id] of sorted) {
    let common = 0;
    while (common < last.length && last.charCodeAt(common) === text.charCodeAt(common)) common++;
    while (open.length > common) ends[open.pop() ?? 0] = count;
    for (let at = common; at < text.length; at++) {
      bytes[count] = text.charCodeAt(at);
      depths[count] = at + 1;
      open.push(count++);
    }
    tokens[open[open.length - 1]] = id;
    depth = Math.max(depth, text.length);
    last = text;
  }
  while (open.length > 0) ends[open.pop() ?? 0] = count;
  return {
    ...{ bytes: bytes.slice(0, count), depths: depths.slice(0, count) },
    ...{ ends: ends.slice(0, count), tokens: tokens.slice(0, count), depth },
  };
}
