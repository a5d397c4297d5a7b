import fc from 'fast-check';

import { memoryTokens } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import { sortedBatches, pieceWindows, windowBatches } from './evaluation-batches.js';

async function collect(batches: AsyncIterable<TrainingBatch>): Promise<TrainingBatch[]> {
  const all: TrainingBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}
const source = memoryTokens(Array.from({ length: 12 }, (_, i) => 10 + i));

describe('windowBatches', () => {
  it('cuts the text into windows of the context, the last one shorter', async () => {
    const batches = await collect(windowBatches(source, { contextLength: 4, batchSize: 2 }));
    expect(batches.map(({ batchSize }) => batchSize)).toEqual([2, 1]);
    expect(batches[0].tokens).toEqual(Int32Array.of(10, 11, 12, 13, 14, 15, 16, 17));
    expect(batches[1].targets).toEqual(Int32Array.of(19, 20, 21));
  });

  it('with a stride includes more of the past and counts only new tokens', async () => {
    const options = { contextLength: 4, batchSize: 8, stride: 2 };
    const [batch] = await collect(windowBatches(source, options));
    expect(batch.batchSize).toBe(5);
    const counted = batch.weights.map((weight) => Math.sign(weight));
    expect(counted).toEqual(
      Float32Array.of(1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0),
    );
  });

  it('counts every token except the first once, for any sizes', async () => {
    const sizes = fc.record({
      length: fc.integer({ min: 2, max: 60 }),
      contextLength: fc.integer({ min: 1, max: 12 }),
      batchSize: fc.integer({ min: 1, max: 5 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ length, contextLength, batchSize, part }) => {
        const stride = Math.max(1, Math.round(part * contextLength));
        const tokens = memoryTokens(Array.from({ length }, (_, i) => i));
        const options = { contextLength, batchSize, stride };
        const seen: number[] = [];
        for (const { targets, weights } of await collect(windowBatches(tokens, options))) {
          targets.forEach((target, i) => weights[i] === 1 && seen.push(target));
        }
        expect(seen).toEqual(Array.from({ length: length - 1 }, (_, i) => i + 1));
      }),
    );
  });

  it.each([
    [memoryTokens([1]), {}, 'validation data: expected at least 2 tokens, got 1'],
    [source, { stride: 5 }, 'stride: expected an integer from 1 to 4, got 5'],
  ])('refuses tokens and strides that make no windows', async (tokens, given, message) => {
    const options = { contextLength: 4, batchSize: 2, ...given };
    await expect(collect(windowBatches(tokens, options))).rejects.toThrow(new RangeError(message));
  });
});

describe('pieceWindows', () => {
  const pieces = [
    [1, 2, 3, 4, 5, 6],
    [7, 8],
    [20, 21, 22, 23, 24],
  ];
  const pieceSource = {
    length: 3,
    lengthOf: (i: number) => pieces[i].length,
    read: (i: number) =>
      Promise.resolve({ tokens: pieces[i], lossWeights: pieces[i].map((id) => id / 4) }),
  };

  it.each([2, 4, 1])(
    'counts every token of each piece except its first once, stride %i',
    async (stride) => {
      const options = { contextLength: 4, batchSize: 2, stride };
      const seen: number[] = [];
      for (const { tokens, targets, weights } of await collect(
        pieceWindows(pieceSource, options),
      )) {
        targets.forEach((target, i) => {
          if (weights[i] === 0) return;
          expect(weights[i]).toBe(target / 4);
          expect(tokens[i]).toBe(target - 1);
          seen.push(target);
        });
      }
      expect(seen.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 8, 21, 22, 23, 24]);
    },
  );
});

describe('sortedBatches', () => {
  it('groups examples of similar length, the longest first', async () => {
    const lengths = [2, 5, 3, 2, 5];
    const examples = {
      length: lengths.length,
      lengthOf: (index: number) => lengths[index],
      read: (index: number) => {
        const tokens = Array.from({ length: lengths[index] }, () => index);
        return Promise.resolve({ tokens, lossWeights: tokens.map(() => 1) });
      },
    };
    const batches = await collect(sortedBatches(examples, { contextLength: 4, batchSize: 2 }));
    expect(batches.map(({ tokens }) => [...tokens])).toEqual([
      [1, 1, 1, 1, 4, 4, 4, 4],
      [2, 2, 0, 0],
      [3],
    ]);
  });

  it('reads every example once, without random numbers', async () => {
    const looks: unknown[] = [];
    const examples = {
      length: 3,
      lengthOf: () => 2,
      read: (index: number, random?: unknown) => {
        looks.push([index, random]);
        return Promise.resolve({ tokens: [index, 9], lossWeights: [1, 1] });
      },
    };
    const batches = await collect(sortedBatches(examples, { contextLength: 4, batchSize: 2 }));
    expect(batches.map(({ tokens }) => [...tokens])).toEqual([[0, 1], [2]]);
    expect(looks).toEqual([[0, undefined], [1, undefined], [2, undefined]]); // prettier-ignore
  });
});
