import { randomAt } from '../random/random.js';
import { exampleBatches, type ExampleSource } from './example-batches.js';

/** Examples of 2 to 21 tokens; the first token is the example's number. */
function examples(length: number): ExampleSource {
  const lengthOf = (index: number): number => 2 + ((index * 7) % 20);
  return {
    length,
    lengthOf,
    read: (index, random) => {
      const tokens = new Array<number>(lengthOf(index)).fill(index);
      const draw = random?.uniform(0) ?? -1;
      return Promise.resolve({ tokens, lossWeights: tokens.map(() => draw) });
    },
  };
}
const options = { contextLength: 32, batchSize: 4, seed: 1 };

async function epoch(number: number, seed = 1): Promise<number[][]> {
  const batches = exampleBatches(examples(30), { ...options, seed });
  const all: number[][] = [];
  for (let i = 0; i < 8; i++) {
    const { tokens, batchSize } = await batches.batch(number * 8 + i);
    const T = tokens.length / batchSize;
    all.push(Array.from({ length: batchSize }, (_, row) => tokens[row * T]));
  }
  return all;
}

describe('exampleBatches', () => {
  it('returns every example once an epoch, in another order each time', async () => {
    const [first, second] = [await epoch(0), await epoch(1)];
    const sorted = (batches: number[][]): number[] => batches.flat().sort((a, b) => a - b);
    expect(sorted(first)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(sorted(second)).toEqual(sorted(first));
    expect(second).not.toEqual(first);
    expect(await epoch(0)).toEqual(first);
    expect(await epoch(0, 2)).not.toEqual(first);
  });

  it('groups examples of similar length', async () => {
    const source = examples(30);
    for (const batch of await epoch(0)) {
      const lengths = batch.map((index) => source.lengthOf(index));
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(4);
    }
  });

  it('passes each example separate random numbers, the same at each read', async () => {
    const batches = exampleBatches(examples(30), options);
    const [a, b] = [await batches.batch(3), await batches.batch(3)];
    expect(a).toEqual(b);
    const rows = a.weights.filter((_, i) => i % (a.weights.length / a.batchSize) === 0);
    expect(new Set(rows).size).toBe(a.batchSize);
  });

  it('has little padding: more than 95% of the positions of sentence pairs are tokens', async () => {
    // Lengths of captions, about 12 words a side, with a few long ones.
    const random = randomAt({ seed: 7, purpose: 'batch', step: 0 });
    const lengths = Array.from({ length: 29_000 }, (_, i) => {
      const [a, b, c] = [0, 1, 2].map((n) => random.uniform(3 * i + n));
      return 12 + Math.round(16 * (a + b) + 40 * c ** 8);
    });
    const read: ExampleSource['read'] = (i) => {
      const tokens = new Int32Array(lengths[i]);
      return Promise.resolve({ tokens, lossWeights: tokens });
    };
    const pairs = { length: 29_000, lengthOf: (i: number) => lengths[i], read };
    const batches = exampleBatches(pairs, { contextLength: 256, batchSize: 64, seed: 1 });
    let [useful, all] = [0, 0];
    for (let i = 0; i < 100; i++) {
      const { tokens, lengths: own = new Int32Array() } = await batches.batch(i);
      useful += own.reduce((sum, length) => sum + length, 0);
      all += tokens.length;
    }
    expect(useful / all).toBeGreaterThan(0.95);
  });

  it('refuses an empty source', () => {
    expect(() => exampleBatches(examples(0), options)).toThrow(
      new RangeError('data: expected at least one example, got none'),
    );
  });
});
