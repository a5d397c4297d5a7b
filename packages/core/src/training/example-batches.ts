import type { TokenExample } from '../domain/domain.js';
import type { TrainingBatch } from '../model/forward.js';
import { packRows } from '../model/row-packing.js';
import { type Random, randomAt } from '../random/random.js';

/** Training examples that are read by index. An example is converted to tokens when it is read. */
export interface ExampleSource {
  /** Number of examples. */
  readonly length: number;
  /** Returns the approximate number of tokens of an example, by which examples are grouped into batches. */
  lengthOf(index: number): number;
  /**
   * Reads an example by its index.
   *
   * @param random - Random numbers for a variation of the example; absent in evaluation.
   */
  read(index: number, random?: Random): Promise<TokenExample>;
}

/** Size of batches of examples, and the seed of their order and variations. */
export interface ExampleBatchOptions {
  readonly contextLength: number;
  readonly batchSize: number;
  readonly seed: number;
}

/**
 * Number of batches in a pool. Shuffled examples are divided into pools, and sorted by length within each, so that
 * batches need little padding but stay random.
 */
const POOL_BATCHES = 50;

/**
 * Returns batches with every example once per epoch. The order depends on the seed and the epoch, and examples of
 * similar length share a batch.
 *
 * @throws RangeError if the source has no example.
 */
export function exampleBatches(
  source: ExampleSource,
  { contextLength, batchSize, seed }: ExampleBatchOptions,
): BatchSource {
  if (source.length === 0) throw new RangeError('data: expected at least one example, got none');
  const batchesPerEpoch = Math.ceil(source.length / batchSize);
  let planned: { readonly epoch: number; readonly batches: readonly number[][] } | undefined;
  const plan = (epoch: number): readonly number[][] => {
    if (planned?.epoch !== epoch) {
      planned = { epoch, batches: planEpoch(source, batchSize, seed, epoch) };
    }
    return planned.batches;
  };
  return {
    batch: async (index) => {
      const members = plan(Math.floor(index / batchesPerEpoch))[index % batchesPerEpoch];
      const examples = members.map((example, row) =>
        source.read(example, randomAt({ seed, purpose: 'augment', step: index, stream: row })),
      );
      return packExamples(await Promise.all(examples), contextLength);
    },
  };
}

/** Returns the indices of the examples of each batch of an epoch. */
function planEpoch(
  source: ExampleSource,
  batchSize: number,
  seed: number,
  epoch: number,
): number[][] {
  const shuffled = Array.from({ length: source.length }, (_, i) => i);
  shuffle(shuffled, randomAt({ seed, purpose: 'shuffle', step: epoch, stream: 0 }));
  const batches: number[][] = [];
  const poolSize = POOL_BATCHES * batchSize;
  for (let start = 0; start < shuffled.length; start += poolSize) {
    const pool = shuffled.slice(start, start + poolSize);
    pool.sort((a, b) => source.lengthOf(a) - source.lengthOf(b));
    for (let i = 0; i < pool.length; i += batchSize) batches.push(pool.slice(i, i + batchSize));
  }
  shuffle(batches, randomAt({ seed, purpose: 'shuffle', step: epoch, stream: 1 }));
  return batches;
}

/** Shuffles in place, by the algorithm of Fisher and Yates. */
function shuffle(items: unknown[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(i, i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
}

/**
 * Packs examples into a batch. The target of each token is the next one. Shorter examples are padded on the right,
 * with weight 0 for padding. Attention ignores padding, and all other layers skip it (`packRows`).
 *
 * @param given - Examples of 2 to `contextLength + 1` tokens. A rejected sequence follows its example.
 * @throws RangeError if an example is shorter or longer, or has a different number of weights and tokens, and if only
 *   some examples have rejected sequences.
 */
export function packExamples(given: readonly TokenExample[], contextLength: number): TrainingBatch {
  const examples = given.flatMap((each) => (each.rejected ? [each, each.rejected] : [each]));
  for (const example of examples) checkExample(example, contextLength);
  const arePairs = examples.length > given.length;
  const batchSize = examples.length;
  if (arePairs && batchSize < 2 * given.length) {
    throw new RangeError('rejected: expected in all examples of a batch or in none, got in some');
  }
  const T = Math.max(...examples.map(({ tokens }) => tokens.length)) - 1;
  const tokens = new Int32Array(batchSize * T);
  const targets = new Int32Array(batchSize * T);
  const weights = new Float32Array(batchSize * T);
  examples.forEach((example, row) => {
    for (let t = 0; t < example.tokens.length - 1; t++) {
      tokens[row * T + t] = example.tokens[t];
      targets[row * T + t] = example.tokens[t + 1];
      weights[row * T + t] = example.lossWeights[t + 1];
    }
  });
  const lengths = Int32Array.from(examples, (example) => example.tokens.length - 1);
  const prefixLengths = Int32Array.from(examples, ({ prefixLength = 0 }) => prefixLength);
  const batch = { tokens, targets, weights, batchSize, lengths, prefixLengths, arePairs };
  return { ...batch, packing: packRows(batch) };
}

function checkExample(
  { tokens, lossWeights, prefixLength = 0 }: TokenExample,
  context: number,
): void {
  if (tokens.length < 2 || tokens.length > context + 1) {
    throw new RangeError(
      `example: expected 2 to ${context + 1} tokens (contextLength + 1), got ${tokens.length}`,
    );
  }
  if (lossWeights.length !== tokens.length) {
    throw new RangeError(
      `lossWeights: expected as many as tokens (${tokens.length}), got ${lossWeights.length}`,
    );
  }
  if (!(prefixLength >= 0 && prefixLength < tokens.length)) {
    throw new RangeError(
      `prefixLength: expected 0 to ${tokens.length - 1}, fewer than the tokens, got ${prefixLength}`,
    );
  }
}

/** An endless source of batches. A batch depends only on its index, so that a resumed run gets the same batches. */
export interface BatchSource {
  /**
   * Returns a micro-batch by its index.
   *
   * @param index - Number of micro-batches before this one.
   */
  batch(index: number): Promise<TrainingBatch>;
}
