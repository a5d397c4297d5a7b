import { clipFactor } from '../parameters/clip-factor.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { chunkEnds, normOf } from '../parameters/update-chunks.js';
import type { Ranks } from '../ranks/ranks.js';
import { bucketNumbers } from './bucket-numbers.js';
import { piecesOf } from './shared-buckets.js';
import { keepOwnSlots } from './shared-slots.js';
import type { SharedUpdate } from './shared-update.js';
import type { Waiting } from './waiting.js';

/**
 * Updates of which each rank does its part (ZeRO-1): gradients are summed on the rank that needs them, each
 * rank updates its part and keeps the moments of that alone, and all get the new values. The norm is added up
 * chunk by chunk as one process does, so that the bits are the same.
 *
 * @throws TypeError where the engine updates all parameters at once.
 * @see Rajbhandari et al. 2020, section 5.1, https://arxiv.org/abs/1910.02054
 */
export function updateInParts(
  parameters: ParameterStore,
  ranks: Ranks,
  waiting: Waiting,
): SharedUpdate {
  const { buckets, pieces } = keepOwnSlots(parameters, ranks);
  const parts = buckets.map((bucket) => ({ ...bucket, own: piecesOf(bucket, ranks.rank) }));
  const ends = chunkEnds(parameters.specs);
  /** Which of all chunks those of this rank are, in the order of its pieces. */
  const chunks = parts
    .flatMap(({ own }) => own)
    .flatMap(({ start, end }) =>
      ends.flatMap((chunkEnd, i) => (chunkEnd > start && chunkEnd <= end ? [i] : [])),
    );
  /** The gradients of each of its pieces. */
  let gradients: Float32Array[] = [];
  let inProgress: Promise<void>[] = [];
  return {
    onSummed: (values) => {
      const part = parts[inProgress.length];
      inProgress.push(ranks.sumParts(values, part.ends));
      for (const { start, end } of part.own) {
        gradients.push(values.subarray(start - part.start, end - part.start));
      }
    },
    complete: async (all) => {
      if (inProgress.length > 0) {
        await waiting.for(Promise.all(inProgress));
        return;
      }
      for (const part of parts) {
        const values = bucketNumbers(part, all);
        await waiting.for(ranks.sumParts(values, part.ends));
        for (const { start, end } of part.own) {
          gradients.push(values.slice(start - part.start, end - part.start)); // the rest may go
        }
      }
    },
    apply: async (rule, clipNorm) => {
      const sums = new Float64Array(ends.length);
      pieces.sumsOfSquares(gradients).forEach((sum, i) => (sums[chunks[i]] = sum));
      await waiting.for(ranks.sum(sums)); // with zeros, which change nothing
      const norm = normOf(sums);
      if (!Number.isFinite(norm)) return norm;
      pieces.update(gradients, rule, clipFactor(norm, clipNorm));
      const gathered = buckets.map(({ start, end, ends: own }) =>
        ranks.gatherParts(pieces.values.subarray(start, end), own),
      );
      await waiting.for(Promise.all(gathered));
      return norm;
    },
    release: () => {
      [gradients, inProgress] = [[], []];
    },
  };
}
