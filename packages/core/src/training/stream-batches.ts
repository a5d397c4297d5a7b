import type { TokenSource } from '../files/bytes.js';
import type { TrainingBatch } from '../model/forward.js';
import { randomAt } from '../random/random.js';
import type { BatchSource } from './example-batches.js';
import { type CropOptions, segmentBatch } from './crop-batches.js';

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
        `got ${source.length}; use more text, a shorter context or a smaller batch`,
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
