import {
  normOf,
  type ParameterSpec,
  type ParameterStore,
  type Piece,
  type PieceUpdates,
  sizeOf,
} from '@ramble/core/engine';
import {
  chunkEnds,
  clipFactor,
  type GradientBucket,
  gradientBuckets,
  type MakeStrategy,
  type Slot,
} from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import type { Ranks } from '../ranks/ranks.js';
import { bucketNumbers, type SharedUpdate, sharing } from './data-parallel.js';
import type { Waiting } from './rank-group.js';

/**
 * Divides the micro-batches of each update among ranks, as `dataParallel` does, and also the optimizer (ZeRO-1), with
 * the same bits and less memory. `slotReader` reads whole moments.
 *
 * @throws RangeError for the settings that `dataParallel` refuses; TypeError if the engine can only update all
 *   parameters at once.
 * @see Rajbhandari et al. 2020, section 5.1, https://arxiv.org/abs/1910.02054
 */
export function shardedOptimizer(ranks: Ranks): MakeStrategy {
  return sharing(ranks, updateInParts);
}

/**
 * Makes updates that are sharded over the ranks. The gradients of each part of the parameters are summed on the rank
 * that updates the part. All ranks then receive its new values. The norm is summed chunk by chunk as in one process,
 * so that the bits are the same.
 */
function updateInParts(parameters: ParameterStore, ranks: Ranks, waiting: Waiting): SharedUpdate {
  const { buckets, pieces } = keepOwnSlots(parameters, ranks);
  const parts = buckets.map((bucket) => ({ ...bucket, own: piecesOf(bucket, ranks.rank) }));
  const ends = chunkEnds(parameters.specs);
  /** Indices of this rank's chunks among all chunks, in the order of its pieces. */
  const chunks = parts
    .flatMap(({ own }) => own)
    .flatMap(({ start, end }) =>
      ends.flatMap((chunkEnd, i) => (chunkEnd > start && chunkEnd <= end ? [i] : [])),
    );
  /** Gradients of each of this rank's pieces. */
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
          gradients.push(values.slice(start - part.start, end - part.start)); // a copy, so that the bucket can be freed
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

/**
 * Buckets and pieces of a parameter store that keeps the optimizer's slots (moments) of only one rank's part of the
 * parameters.
 */
export interface SharedSlots {
  readonly buckets: readonly SharedBucket[];
  readonly pieces: PieceUpdates;
}

/**
 * Frees the optimizer's slots (moments) of all parameters except the part that a rank updates (ZeRO-1).
 *
 * @throws TypeError if the engine can only update all parameters at once.
 * @see Rajbhandari et al. 2020, section 5.1, https://arxiv.org/abs/1910.02054
 */
export function keepOwnSlots(
  { specs, pieces }: ParameterStore,
  { rank, count }: Pick<Ranks, 'rank' | 'count'>,
): SharedSlots {
  if (!pieces) {
    throw new TypeError(
      `shardOptimizer: expected an engine that can update a part of the parameters (native, wasm or cpu), got ${tf.getBackend()}`,
    );
  }
  const buckets = sharedBuckets(specs, count);
  pieces.keep(buckets.flatMap((bucket) => piecesOf(bucket, rank)));
  return { buckets, pieces };
}

/**
 * Returns a function that gathers all values of a parameter's slot (a moment of the optimizer) from the parts that
 * ranks keep. All ranks must call it for the same slots in the same order.
 */
export function slotReader(
  ranks: Pick<Ranks, 'count' | 'gatherParts'>,
  parameters: Pick<ParameterStore, 'specs' | 'read'>,
): (name: string, slot: Slot) => Promise<Float32Array> {
  const shared = sharedBuckets(parameters.specs, ranks.count).flatMap(sharedParameters);
  const endsOf = new Map(shared.map(({ name, ends }) => [name, ends]));
  return async (name, slot) => {
    const values = parameters.read(name, slot);
    await ranks.gatherParts(values, endsOf.get(name) ?? []);
    return values;
  };
}

/** A bucket of gradients that is divided among ranks. */
interface SharedBucket extends GradientBucket {
  /** End of each rank's part in the bucket, counted from the start of the bucket. */
  readonly ends: readonly number[];
}

/**
 * Divides each bucket of gradients into one part per rank, so that every rank receives data while a bucket is summed.
 * Parts are whole chunks. The parts of all buckets together have about the same size for every rank.
 *
 * @param count - Number of ranks.
 */
export function sharedBuckets(specs: readonly ParameterSpec[], count: number): SharedBucket[] {
  const cuts = [0, ...chunkEnds(specs)];
  /** Number of entries in the buckets so far. `given[r]` counts the entries of ranks 0 to r. */
  let numbers = 0;
  const given = new Array<number>(count).fill(0);
  return gradientBuckets(specs).map((bucket) => {
    const { start, end } = bucket;
    const own = cuts.filter((cut) => cut >= start && cut <= end).map((cut) => cut - start);
    numbers += end - start;
    let last = 0;
    const ends = given.map((before, rank) => {
      const even = (numbers * (rank + 1)) / count - before;
      last = Math.max(last, nearest(own, even));
      given[rank] += last;
      return last;
    });
    return { ...bucket, ends };
  });
}

function nearest(cuts: readonly number[], place: number): number {
  return cuts.reduce((a, b) => (Math.abs(b - place) < Math.abs(a - place) ? b : a));
}

/** A parameter whose numbers are divided among ranks. */
interface SharedParameter {
  readonly name: string;
  /** Index of the parameter's first number among the numbers of all parameters. */
  readonly start: number;
  /** End of each rank's part in the parameter, counted from the parameter's start. */
  readonly ends: readonly number[];
}

/** Returns the parameters of a bucket, with the parts of ranks in each. */
function sharedParameters({ specs, start, ends }: SharedBucket): SharedParameter[] {
  let next = 0;
  return specs.map(({ name, shape }) => {
    const [first, size] = [next, sizeOf(shape)];
    next += size;
    const own = ends.map((end) => Math.min(Math.max(end - first, 0), size));
    return { name, start: start + first, ends: own };
  });
}

/** Returns the pieces of parameters in a rank's part of a bucket. */
export function piecesOf(bucket: SharedBucket, rank: number): Piece[] {
  return sharedParameters(bucket)
    .map(({ name, start, ends }) => {
      return { name, start: start + (ends[rank - 1] ?? 0), end: start + ends[rank] };
    })
    .filter(({ start, end }) => start < end);
}
