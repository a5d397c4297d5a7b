import fc from 'fast-check';

import { learnMerges } from './train-bpe.js';

type Ids = readonly number[];

/** Counts all pairs anew for every merge; ties go to the smaller (left id, right id). */
function learnPlainly(words: ReadonlyMap<string, number>, vocabSize: number): [number, number][] {
  const { byteIds } = learnMerges(new Map(), 0, 256);
  let corpus: { ids: Ids; count: number }[] = Array.from(words, ([word, count]) => ({
    ids: Array.from(new TextEncoder().encode(word), (byte) => byteIds[byte]),
    count,
  }));
  const merges: [number, number][] = [];
  while (256 + merges.length < vocabSize) {
    const counts = new Map<number, number>();
    for (const { ids, count } of corpus) {
      for (let at = 1; at < ids.length; at++) {
        const key = ids[at - 1] * 1000 + ids[at];
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    const best = [...counts].sort(([a, n], [b, m]) => m - n || a - b).at(0);
    if (best === undefined) break;
    const pair: [number, number] = [Math.floor(best[0] / 1000), best[0] % 1000];
    const merged = 256 + merges.push(pair) - 1;
    corpus = corpus.map(({ ids, count }) => ({ ids: replace(ids, pair, merged), count }));
  }
  return merges;
}

function replace(ids: Ids, [left, right]: readonly [number, number], merged: number): Ids {
  const result: number[] = [];
  for (let at = 0; at < ids.length; at++) {
    const isPair = ids[at] === left && ids[at + 1] === right;
    result.push(isPair ? merged : ids[at]);
    if (isPair) at++;
  }
  return result;
}

describe('learnMerges', () => {
  it('numbers bytes by the code points of their characters, after the special tokens', () => {
    const { spellings, byteIds } = learnMerges(new Map(), 3, 259);
    expect(spellings.slice(0, 3)).toEqual(['!', '"', '#']);
    expect(byteIds[0x21]).toBe(3);
    expect(byteIds[0x20]).toBe(3 + spellings.indexOf('Ġ'));
  });

  it('stops when no pair is left', () => {
    expect(learnMerges(new Map([['aba', 2]]), 0, 400).merges).toHaveLength(2);
  });

  it('learns the same merges as a full recount for every merge, also with runs and overlaps', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 });
    const words = fc.array(fc.tuple(word, fc.integer({ min: 1, max: 4 })), { maxLength: 8 });
    fc.assert(
      fc.property(words, (entries) => {
        const counts = new Map(entries);
        const learned = learnMerges(counts, 0, 276).merges.map(({ left, right }) => [left, right]);
        expect(learned).toEqual(learnPlainly(counts, 276));
      }),
      { numRuns: 500 },
    );
  });
});
