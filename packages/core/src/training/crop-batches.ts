import { type Crop, cropOf } from '../domain/pair-example.js';
import type { TokenSource } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import { randomAt } from '../random/random.js';
import {
  type BatchSource,
  type ExampleBatchOptions,
  type ExampleSource,
  packExamples,
} from './example-batches.js';

/** Size of crops and batches, and the seed of the positions of the crops. */
export interface CropOptions {
  /** Number of tokens of each crop, T. */
  readonly contextLength: number;
  /** Number of crops in a batch, B. */
  readonly batchSize: number;
  readonly seed: number;
}

/**
 * Returns batches of crops at random positions of a long sequence of tokens. The target of every token is the next
 * one.
 *
 * @throws RangeError if the source is not longer than the context.
 */
export function cropBatches(
  source: TokenSource,
  { contextLength, batchSize, seed }: CropOptions,
): BatchSource {
  const places = source.length - contextLength;
  if (places < 1) {
    throw new RangeError(
      `data: expected more than ${contextLength} tokens, which fill a training sequence, got ${source.length}; use more text or lower sequenceLength`,
    );
  }
  return {
    batch: (index) => {
      const random = randomAt({ seed, purpose: 'batch', step: index });
      const starts = Array.from({ length: batchSize }, (_, row) => random.integer(row, places));
      return segmentBatch(source, starts, contextLength);
    },
  };
}

/**
 * Returns a batch with `T` tokens from each start on, one row per start. Rows are padded after the end of the source.
 */
async function segmentBatch(
  source: TokenSource,
  starts: readonly number[],
  T: number,
): Promise<TrainingBatch> {
  const batchSize = starts.length;
  const [tokens, targets] = [new Int32Array(batchSize * T), new Int32Array(batchSize * T)];
  const weights = new Float32Array(batchSize * T);
  for (const [row, start] of starts.entries()) {
    const count = Math.min(T + 1, source.length - start);
    if (count < 2) continue;
    const read = await source.read(start, count);
    tokens.set(read.subarray(0, count - 1), row * T);
    targets.set(read.subarray(1), row * T);
    weights.fill(1, row * T, row * T + count - 1);
  }
  return { tokens, targets, weights, batchSize };
}

/** Options of batches of crops: the size of crops and batches, the seed, and the function that crops. */
interface PieceBatchOptions extends ExampleBatchOptions {
  /** Function that crops; by default, a crop is the tokens from a position on. */
  readonly crop?: Crop;
}

/**
 * Returns batches of crops at random positions of random pieces. A crop is taken from a random variation of its
 * piece (data augmentation). The probability of a piece is proportional to its length, so that all positions are
 * about equally likely, including the beginning and the end of a piece. A piece that is shorter than the context is
 * not cropped.
 *
 * @throws RangeError if the source has no piece.
 * @see Huang et al. 2018, section 4.2, https://arxiv.org/abs/1809.04281
 */
export function pieceBatches(
  source: ExampleSource,
  { contextLength, batchSize, seed, crop = cropOf({}) }: PieceBatchOptions,
): BatchSource {
  if (source.length === 0) throw new RangeError('data: expected at least one piece, got none');
  const ends = new Float64Array(source.length);
  let total = 0;
  for (let i = 0; i < source.length; i++) ends[i] = total += source.lengthOf(i);
  return {
    batch: async (index) => {
      const rows = Array.from({ length: batchSize }, async (_, row) => {
        const random = randomAt({ seed, purpose: 'batch', step: index, stream: row });
        const piece = firstAbove(ends, random.integer(0, total));
        const variation = randomAt({ seed, purpose: 'augment', step: index, stream: row });
        const example = await source.read(piece, variation);
        const places = Math.max(1, example.tokens.length - contextLength);
        // As if half a context preceded and followed each piece. Otherwise few crops would begin or end with
        // their piece.
        const place = random.integer(1, places + contextLength) - Math.floor(contextLength / 2);
        const start = Math.max(0, Math.min(place, places - 1));
        return crop(example, start, contextLength + 1);
      });
      return packExamples(await Promise.all(rows), contextLength);
    },
  };
}

/** Returns the index of the first number above a value in an ascending array, by bisection. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Returns batches of segments for models with segment memory. Each row of a batch is a stream, and each batch
 * continues its streams where the last batch ended. The streams are ranges of the tokens of equal length,
 * with different starts in every epoch.
 *
 * @throws RangeError if the source has too few tokens for one segment of each stream.
 * @see Dai et al. 2019, section 3.2, https://arxiv.org/abs/1901.02860
 */
export function streamBatches(
  source: TokenSource,
  { contextLength: T, batchSize, seed }: CropOptions,
): BatchSource {
  // An epoch begins at one of T places, so that segments begin at different tokens in different epochs.
  const streamLength = Math.floor((source.length - T) / batchSize);
  const segments = Math.floor(streamLength / T);
  if (segments < 1) {
    throw new RangeError(
      `data: expected at least ${(batchSize + 1) * T} tokens, a segment for each of ${batchSize} streams, ` +
        `got ${source.length}; use more text, or lower sequenceLength or batchSize`,
    );
  }
  return {
    batch: async (index) => {
      const [epoch, segment] = [Math.floor(index / segments), index % segments];
      const offset = randomAt({ seed, purpose: 'batch', step: epoch }).integer(0, T);
      const starts = Array.from({ length: batchSize }, (_, b) => offset + b * streamLength + segment * T); // prettier-ignore
      return { ...(await segmentBatch(source, starts, T)), continues: segment > 0 };
    },
  };
}

/**
 * Yields all tokens in windows for evaluation. The tokens are divided into streams, one per row of a batch,
 * which are read from beginning to end. Every token except the first is predicted once.
 *
 * @throws RangeError if the source has fewer than two tokens.
 */
export async function* streamWindows(
  source: TokenSource,
  { contextLength, batchSize }: Omit<CropOptions, 'seed'>,
): AsyncGenerator<TrainingBatch> {
  const toPredict = source.length - 1;
  if (toPredict < 1) {
    throw new RangeError(`validation data: expected at least 2 tokens, got ${source.length}`);
  }
  const streamLength = Math.ceil(toPredict / batchSize);
  const streams = Math.ceil(toPredict / streamLength); // the last one may be shorter
  for (let done = 0; done < streamLength; done += contextLength) {
    const starts = Array.from({ length: streams }, (_, b) => b * streamLength + done);
    const T = Math.min(contextLength, streamLength - done);
    yield { ...(await segmentBatch(source, starts, T)), continues: done > 0 };
  }
}
