import fc from 'fast-check';

import { mergeBytes } from './byte-pair-encoder.js';
import { MergeTable } from './write-hugging-face.js';

/** Bytes are their own ids; the table's merges are numbered from 256. */
function tableOf(pairs: readonly (readonly [number, number])[]): MergeTable {
  const table = new MergeTable(Int32Array.from({ length: 256 }, (_, byte) => byte));
  pairs.forEach(([left, right], rank) => table.add({ left, right, merged: 256 + rank }));
  return table;
}

/**
 * The algorithm in its plainest form: find the pair of the lowest rank, replace it everywhere,
 * repeat.
 */
function mergePlainly(bytes: Uint8Array, table: MergeTable): number[] {
  let ids = Array.from(bytes);
  for (;;) {
    const ranks = ids.slice(1).map((right, at) => table.rank(ids[at], right) ?? Infinity);
    const best = Math.min(...ranks);
    if (best === Infinity) return ids;
    const merged: number[] = [];
    for (let at = 0; at < ids.length; at++) {
      const isPair = at + 1 < ids.length && table.rank(ids[at], ids[at + 1]) === best;
      merged.push(isPair ? table.mergedId(best) : ids[at]);
      if (isPair) at++;
    }
    ids = merged;
  }
}

describe('mergeBytes', () => {
  it('merges the lowest rank first, not the leftmost pair', () => {
    const table = tableOf([
      [2, 3],
      [1, 2],
    ]);
    expect(mergeBytes(Uint8Array.of(1, 2, 3), table)).toEqual([1, 256]);
  });

  it('merges a run of one byte from the left', () => {
    expect(mergeBytes(Uint8Array.of(7, 7, 7, 7, 7), tableOf([[7, 7]]))).toEqual([256, 256, 7]);
  });

  it('agrees with the plain algorithm, on runs and overlaps too', () => {
    // Merge k joins ids that exist before it, as in any trained table.
    const table = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((pairs) => {
      const known = [0, 1, 2];
      const unique = new Map<string, [number, number]>();
      for (const [a, b] of pairs) {
        const pair: [number, number] = [known[a % known.length], known[b % known.length]];
        if (unique.has(pair.join())) continue;
        known.push(256 + unique.size);
        unique.set(pair.join(), pair);
      }
      return tableOf([...unique.values()]);
    });
    const bytes = fc.uint8Array({ max: 2, maxLength: 40 });
    fc.assert(
      fc.property(table, bytes, (table, bytes) => {
        expect(mergeBytes(bytes, table)).toEqual(mergePlainly(bytes, table));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives nothing for nothing', () => {
    expect(mergeBytes(new Uint8Array(), tableOf([]))).toEqual([]);
  });
});
