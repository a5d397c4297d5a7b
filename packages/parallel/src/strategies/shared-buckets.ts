import { type ParameterSpec, type Piece, sizeOf } from '@ramble/core/engine';
import { chunkEnds, gradientBuckets, type GradientBucket } from '@ramble/core/training';

/** A bucket of gradients that is divided among ranks. */
export interface SharedBucket extends GradientBucket {
  /** The end of each rank's part in the bucket, counted from the start of the bucket. */
  readonly ends: readonly number[];
}

/**
 * Divides each bucket of gradients among ranks, so that all links are in use while it is summed. Parts are
 * whole chunks. The parts of all buckets together have about the same size for every rank.
 *
 * @param count - Number of ranks.
 */
export function sharedBuckets(specs: readonly ParameterSpec[], count: number): SharedBucket[] {
  const cuts = [0, ...chunkEnds(specs)];
  /** Count of numbers in the buckets so far. `given[r]` counts the numbers of ranks 0 to r. */
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

/** A parameter that is divided among ranks. */
export interface SharedParameter {
  readonly name: string;
  /** Index of its first number among the numbers of all parameters. */
  readonly start: number;
  /** The end of each rank's part in it, counted from its start. */
  readonly ends: readonly number[];
}

/** The parameters of a bucket, with the parts of ranks in each. */
export function sharedParameters({ specs, start, ends }: SharedBucket): SharedParameter[] {
  let next = 0;
  return specs.map(({ name, shape }) => {
    const [first, size] = [next, sizeOf(shape)];
    next += size;
    const own = ends.map((end) => Math.min(Math.max(end - first, 0), size));
    return { name, start: start + first, ends: own };
  });
}

/** The pieces of parameters that are a rank's part of a bucket. */
export function piecesOf(bucket: SharedBucket, rank: number): Piece[] {
  return sharedParameters(bucket)
    .map(({ name, start, ends }) => {
      return { name, start: start + (ends[rank - 1] ?? 0), end: start + ends[rank] };
    })
    .filter(({ start, end }) => start < end);
}
