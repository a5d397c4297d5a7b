import type { Grammar, TokenExample } from '../domain/domain.js';
import type { ExampleSource } from './example-batches.js';
import { cropOf } from '../domain/pair-example.js';
import { pieceBatches } from './crop-batches.js';

const PIECES = [
  [1, 2, 3],
  [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
];
const varied = new Set<number>();
const source: ExampleSource = {
  length: 2,
  lengthOf: (i) => PIECES[i].length,
  read: (i, random): Promise<TokenExample> => {
    varied.add(random!.integer(0, 2));
    return Promise.resolve({ tokens: PIECES[i], lossWeights: PIECES[i].map((id) => id / 2) });
  },
};
const options = { contextLength: 4, batchSize: 3, seed: 7 };

describe('pieceBatches', () => {
  it('takes crops of pieces with their weights, short pieces whole', async () => {
    const batches = pieceBatches(source, options);
    const starts: number[] = [];
    for (let index = 0; index < 200; index++) {
      const { tokens, targets, weights, batchSize } = await batches.batch(index);
      expect(batchSize).toBe(3);
      const T = tokens.length / 3;
      for (let row = 0; row < 3; row++) {
        const first = tokens[row * T];
        starts.push(first);
        const length = first === 1 ? 2 : 4;
        for (let t = 0; t < length; t++) {
          expect(tokens[row * T + t]).toBe(first + t);
          expect(targets[row * T + t]).toBe(first + t + 1);
          expect(weights[row * T + t]).toBe((first + t + 1) / 2);
        }
      }
    }
    expect(new Set(starts)).toEqual(new Set([1, 10, 11, 12, 13, 14, 15]));
    const share = starts.filter((start) => start === 1).length / starts.length;
    expect(share).toBeGreaterThan(0.17); // expected 3 of 13 tokens
    expect(share).toBeLessThan(0.29);
    // As if half a context preceded and followed each piece, 3 of 10 places are its beginning.
    const long = starts.filter((start) => start !== 1);
    for (const end of [10, 15]) {
      const ends = long.filter((start) => start === end).length / long.length;
      expect(Math.abs(ends - 0.3)).toBeLessThan(0.06);
    }
    expect(varied).toEqual(new Set([0, 1]));
  });

  it('draws the same batch for the same index and seed', async () => {
    const [once, again] = [pieceBatches(source, options), pieceBatches(source, options)];
    await once.batch(0);
    expect(await once.batch(5)).toEqual(await again.batch(5));
    const other = pieceBatches(source, { ...options, seed: 8 });
    expect(await other.batch(5)).not.toEqual(await again.batch(5));
  });

  it('begins crops with the tokens that a grammar restates, which are not predicted', async () => {
    const grammar: Grammar<unknown> = {
      start: () => 0,
      advance: () => 0,
      allowed: () => [],
      mustEnd: () => false,
      restate: (forgotten) => [100 + forgotten.length, 99],
    };
    const batches = pieceBatches(source, { ...options, crop: cropOf({ grammar }) });
    const seen = new Set<string>();
    for (let index = 0; index < 100; index++) {
      const { tokens, targets, weights } = await batches.batch(index);
      const T = tokens.length / 3;
      for (let row = 0; row < 3; row++) {
        const of = <T>(list: ArrayLike<T>): T[] => Array.from(list).slice(row * T, (row + 1) * T);
        seen.add(JSON.stringify([of(tokens), of(targets), of(weights)]));
      }
    }
    // Two tokens of the piece follow the restating tokens. At the beginning of a piece, no tokens are
    // restated.
    expect(seen).toContain(
      JSON.stringify([
        [103, 99, 13, 14],
        [99, 13, 14, 15],
        [0, 6.5, 7, 7.5],
      ]),
    );
    expect(seen).toContain(
      JSON.stringify([
        [10, 11, 12, 13],
        [11, 12, 13, 14],
        [5.5, 6, 6.5, 7],
      ]),
    );
  });

  it("uses a domain's own crop", async () => {
    const requested = new Set<number>();
    const crop = cropOf({
      crop: ({ tokens }, start, max) => {
        requested.add(max);
        return { tokens: [50, tokens[start]], lossWeights: [0, 1] };
      },
    });
    const { tokens } = await pieceBatches(source, { ...options, crop }).batch(0);
    expect(Array.from(tokens)).toEqual([50, 50, 50]);
    expect(requested).toEqual(new Set([5]));
  });

  it('refuses a source without pieces', () => {
    expect(() => pieceBatches({ ...source, length: 0 }, options)).toThrow(
      new RangeError('data: expected at least one piece, got none'),
    );
  });
});
