import type { TrainingBatch } from '../model/forward.js';
import { spreadBatches, type SpreadOptions } from './evaluation-batches.js';

async function* numbered(total: number, continues?: boolean): AsyncGenerator<TrainingBatch> {
  for (let i = 0; i < total; i++) {
    const tokens = Int32Array.of(i);
    const batch = { batchSize: 1, tokens, targets: tokens, weights: new Float32Array(1) };
    yield await Promise.resolve(continues === undefined ? batch : { ...batch, continues });
  }
}

async function taken(options: SpreadOptions, continues?: boolean): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { tokens } of spreadBatches(numbered(options.total, continues), options)) {
    numbers.push(tokens[0]);
  }
  return numbers;
}

describe('spreadBatches', () => {
  it('takes batches from all over the data', async () => {
    expect(await taken({ total: 813, count: 4 })).toEqual([101, 304, 508, 711]);
    expect(await taken({ total: 5, count: 4 })).toEqual([0, 1, 3, 4]);
  });

  it('takes all batches if the count is 0 or not below their number', async () => {
    for (const count of [0, 3, 20]) expect(await taken({ total: 3, count })).toEqual([0, 1, 2]);
  });

  it('takes the first batches if batches continue one another', async () => {
    expect(await taken({ total: 9, count: 3 }, true)).toEqual([0, 1, 2]);
    expect(await taken({ total: 9, count: 3 }, false)).toEqual([0, 1, 2]);
  });

  it('takes the requested number of batches', async () => {
    for (let total = 1; total < 40; total++) {
      for (let count = 1; count <= total; count++) {
        expect(await taken({ total, count })).toHaveLength(count);
      }
    }
  });
});
