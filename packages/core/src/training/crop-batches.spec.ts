import { memoryTokens } from '../files/bytes.js';
import { cropBatches } from './crop-batches.js';

const source = memoryTokens(Array.from({ length: 100 }, (_, i) => i));
const options = { contextLength: 8, batchSize: 3, seed: 2 };

describe('cropBatches', () => {
  it('takes runs of consecutive tokens, with the next token as each target', async () => {
    const { tokens, targets, weights, batchSize } = await cropBatches(source, options).batch(0);
    expect(batchSize).toBe(3);
    expect(targets).toEqual(tokens.map((token) => token + 1));
    expect(weights).toEqual(new Float32Array(24).fill(1));
    for (let row = 0; row < 3; row++) {
      const crop = tokens.subarray(row * 8, row * 8 + 8);
      expect(crop).toEqual(Int32Array.from({ length: 8 }, (_, t) => crop[0] + t));
    }
  });

  it('returns the same batch for the same index and seed, in any order', async () => {
    const forward = cropBatches(source, options);
    const first = [await forward.batch(0), await forward.batch(1)];
    const backward = cropBatches(source, options);
    const second = [await backward.batch(1), await backward.batch(0)].reverse();
    expect(second).toEqual(first);
    expect(first[0].tokens).not.toEqual(first[1].tokens);
    const other = await cropBatches(source, { ...options, seed: 3 }).batch(0);
    expect(other.tokens).not.toEqual(first[0].tokens);
  });

  it('includes the first place and the last', async () => {
    const small = memoryTokens([0, 1, 2, 3]);
    const batches = cropBatches(small, { contextLength: 2, batchSize: 40, seed: 0 });
    const { tokens } = await batches.batch(0);
    expect(new Set(tokens.filter((_, i) => i % 2 === 0))).toEqual(new Set([0, 1]));
  });

  it('refuses data that is not longer than the context', () => {
    expect(() => cropBatches(memoryTokens([1, 2, 3]), { ...options, contextLength: 3 })).toThrow(
      new RangeError(
        'data: expected more than 3 tokens, which fill a training sequence, got 3; use more text or lower sequenceLength',
      ),
    );
  });
});
