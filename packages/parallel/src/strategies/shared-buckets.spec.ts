import { type ParameterSpec, sizeOf } from '@ramble/core/engine';
import { chunkEnds } from '@ramble/core/training';

import { piecesOf, sharedBuckets } from './sharded-optimizer.js';

const weight = (name: string, shape: readonly number[]): ParameterSpec => {
  return { name, shape, initializer: { kind: 'constant', value: 0 } };
};

const [UPDATE_CHUNK] = chunkEnds([weight('long', [2 ** 20])]);

/** Shapes with the widths of GPT-2's matrices, but fewer matrices. */
const specs: readonly ParameterSpec[] = [
  weight('tokens', [3001, 768]),
  ...Array.from({ length: 12 }, (_, i) => [
    weight(`${i}.qkv`, [768, 2304]),
    weight(`${i}.bias`, [2304]),
    weight(`${i}.up`, [768, 3072]),
    weight(`${i}.gain`, [768]),
  ]).flat(),
];
const total = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

describe('buckets that are divided among ranks', () => {
  it.each([1, 2, 3, 8, 64])('are divided completely among %i ranks', (count) => {
    const buckets = sharedBuckets(specs, count);
    let from = total;
    for (const bucket of buckets) {
      const pieces = bucket.ends.flatMap((_, rank) => piecesOf(bucket, rank));
      expect(pieces[0].start).toBe(bucket.start);
      pieces.forEach(({ end }, i) => {
        expect(end).toBe(i === pieces.length - 1 ? from : pieces[i + 1].start);
      });
      from = bucket.start;
    }
    expect(from).toBe(0);
  });

  it('are cut between chunks of a parameter', () => {
    const firstOf = new Map<string, number>();
    let next = 0;
    for (const { name, shape } of specs) {
      firstOf.set(name, next);
      next += sizeOf(shape);
    }
    for (const bucket of sharedBuckets(specs, 8)) {
      for (let rank = 0; rank < 8; rank++) {
        for (const { name, start } of piecesOf(bucket, rank)) {
          expect((start - (firstOf.get(name) ?? 0)) % UPDATE_CHUNK).toBe(0);
        }
      }
    }
  });

  it.each([2, 4, 8, 64])('have parts of about the same size for %i ranks', (count) => {
    const buckets = sharedBuckets(specs, count);
    const sizes = Array.from({ length: count }, (_, rank) =>
      buckets
        .flatMap((bucket) => piecesOf(bucket, rank))
        .reduce((sum, { start, end }) => sum + end - start, 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(total / count + 2 * UPDATE_CHUNK);
  });
});
