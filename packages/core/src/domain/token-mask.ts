import type { Grammar } from './domain.js';

/**
 * An immutable set of token ids, stored as one bit per id. Iterating yields the ids in ascending order. A grammar may
 * return the same mask from `allowed` for many states.
 */
export class TokenMask implements Iterable<number> {
  /**
   * Creates a set from its bits.
   *
   * @param words - 32 bits per word: the bit of an id is `words[id >> 5] >> (id & 31) & 1`.
   */
  constructor(readonly words: Uint32Array) {}

  /** Returns the set of some ids of a vocabulary. */
  static of(vocabSize: number, ids: Iterable<number>): TokenMask {
    const words = new Uint32Array((vocabSize + 31) >> 5);
    for (const id of ids) words[id >> 5] |= 1 << (id & 31);
    return new TokenMask(words);
  }

  has(id: number): boolean {
    return ((this.words[id >> 5] >>> (id & 31)) & 1) === 1;
  }

  /** Returns the ids that are in both sets. */
  and({ words }: TokenMask): TokenMask {
    return new TokenMask(this.words.map((word, at) => word & words[at]));
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (const [at, word] of this.words.entries()) {
      for (let rest = word; rest !== 0; rest &= rest - 1) {
        yield 32 * at + 31 - Math.clz32(rest & -rest);
      }
    }
  }
}

/**
 * Returns the grammar of outputs that two grammars allow. Priors, replacements and restated tokens are the first
 * grammar's.
 */
export function bothGrammars(
  first: Grammar<unknown>,
  second: Grammar<unknown>,
): Grammar<readonly [unknown, unknown]> {
  return {
    start: (prompt) => [first.start(prompt), second.start(prompt)],
    advance: ([one, other], id) => [first.advance(one, id), second.advance(other, id)],
    allowed: ([one, other]) => intersection(first.allowed(one), second.allowed(other)),
    mustEnd: ([one, other]) => first.mustEnd(one) || second.mustEnd(other),
    ...(first.prior && { prior: ([one]) => first.prior?.(one) ?? [] }),
    ...(first.instead && { instead: ([one]) => first.instead?.(one) ?? [] }),
    ...(first.restate && { restate: (forgotten) => first.restate?.(forgotten) ?? [] }),
  };
}

function intersection(one: Iterable<number>, other: Iterable<number>): Iterable<number> {
  if (one instanceof TokenMask && other instanceof TokenMask) return one.and(other);
  const known = other instanceof TokenMask ? other : new Set(other);
  return Array.from(one).filter((id) => known.has(id));
}
