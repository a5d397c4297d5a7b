import { memoryTokens } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import { streamBatches, streamWindows } from './crop-batches.js';

const text = memoryTokens(Array.from({ length: 53 }, (_, i) => i));
const options = { contextLength: 4, batchSize: 3, seed: 5 };
const rows = ({ tokens, batchSize }: TrainingBatch): number[][] => {
  const T = tokens.length / batchSize;
  return Array.from({ length: batchSize }, (_, b) => Array.from(tokens.slice(b * T, (b + 1) * T)));
};

describe('streamBatches', () => {
  const source = streamBatches(text, options);
  const batch = (index: number): Promise<TrainingBatch> => source.batch(index);
  const SEGMENTS = 4; // in each stream of 16 tokens

  it('continues every stream at the end of the last batch, and restarts it every epoch', async () => {
    for (let index = 0; index < 3 * SEGMENTS; index++) {
      const { continues, targets } = await batch(index);
      expect(continues).toBe(index % SEGMENTS > 0);
      expect(Array.from(targets)).toEqual(
        rows(await batch(index))
          .flat()
          .map((id) => id + 1),
      );
      if (!continues) continue;
      const before = rows(await batch(index - 1)).map((row) => row[row.length - 1] + 1);
      expect(rows(await batch(index)).map(([first]) => first)).toEqual(before);
    }
  });

  it('begins an epoch at a place that depends on the seed and the epoch', async () => {
    const firsts = async (seed: number): Promise<number[]> => {
      const own = streamBatches(text, { ...options, seed });
      return Promise.all([0, 1, 2, 3, 4, 5].map(async (epoch) => (await own.batch(epoch * SEGMENTS)).tokens[0])); // prettier-ignore
    };
    const found = await firsts(5);
    expect(new Set(found).size).toBeGreaterThan(1);
    expect(found.every((place) => place < 4)).toBe(true);
    expect(await firsts(5)).toEqual(found);
    expect(await firsts(6)).not.toEqual(found);
  });

  it('refuses fewer tokens than a segment for every stream', () => {
    const short = memoryTokens(Array.from({ length: 15 }, (_, i) => i));
    expect(() => streamBatches(short, options)).toThrow(
      new RangeError(
        'data: expected at least 16 tokens, a segment for each of 3 streams, got 15; use more text, or lower sequenceLength or batchSize',
      ),
    );
  });
});

describe('streamWindows', () => {
  it.each([1, 3, 7, 60])(
    'counts every token except the first once, in %i streams',
    async (batchSize) => {
      const counted: number[] = [];
      let before: TrainingBatch | undefined;
      for await (const batch of streamWindows(text, { contextLength: 4, batchSize })) {
        batch.weights.forEach((weight, i) => {
          if (weight === 0) return;
          expect(batch.targets[i]).toBe(batch.tokens[i] + 1);
          counted.push(batch.targets[i]);
        });
        expect(batch.continues).toBe(before !== undefined);
        const [last, first] = [before && rows(before)[0].at(-1), rows(batch)[0][0]];
        if (last !== undefined) expect(first).toBe(last + 1);
        before = batch;
      }
      expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 52 }, (_, i) => i + 1));
    },
  );

  it('refuses fewer than two tokens', async () => {
    const one = streamWindows(memoryTokens([1]), options);
    await expect(one.next()).rejects.toThrow(
      new RangeError('validation data: expected at least 2 tokens, got 1'),
    );
  });
});
