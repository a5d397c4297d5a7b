import type { UpdateRule } from './optimizer.js';
import { parameterPlaces, type ParameterSpec, sizeOf } from './parameter.js';

/**
 * Number of entries of a chunk of a parameter. The norm of a gradient sums squares within each chunk first.
 * Engines and ranks that divide the chunks therefore compute the same bits as one process.
 */
export const UPDATE_CHUNK = 2 ** 16;

/** Returns the end of each chunk, as an index into the numbers of all parameters. */
export function chunkEnds(specs: readonly ParameterSpec[]): number[] {
  const ends: number[] = [];
  for (const { start, end } of parameterPlaces(specs).values()) {
    for (let at = start; at < end;) ends.push((at = Math.min(at + UPDATE_CHUNK, end)));
  }
  return ends;
}

/** Makes zeros, one for each chunk of the arrays of parameters or pieces. */
export function chunkSums(arrays: readonly Float32Array[]): Float64Array {
  const counts = arrays.map(({ length }) => Math.ceil(length / UPDATE_CHUNK));
  return new Float64Array(counts.reduce((total, count) => total + count, 0));
}

/** Returns the norm of numbers from the sum of squares of each chunk. */
export function normOf(sums: Float64Array): number {
  return Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
}

/** A range of one parameter, made of whole chunks (`chunkEnds`). */
export interface Piece {
  /** Name of the parameter. */
  readonly name: string;
  /** Index of the piece's first number among the numbers of all parameters. */
  readonly start: number;
  /** Index after the last number. */
  readonly end: number;
}

/** Updates of some pieces of a store's parameters, so that ranks can shard an update. */
export interface PieceUpdates {
  /**
   * The store's array of all values, one parameter after the other. Callers may change it only right after `update`.
   */
  readonly values: Float32Array;
  /**
   * Keeps the optimizer's slots of only these pieces from now on. Initially, all parameters have slots. The
   * slots of all other entries are released, and read as 0.
   */
  keep(pieces: readonly Piece[]): void;
  /**
   * Returns the sum of squares of each chunk, for the norm of all gradients.
   *
   * @param gradients - One array for each kept piece, in the order of the pieces.
   */
  sumsOfSquares(gradients: readonly Float32Array[]): Float64Array;
  /**
   * Updates the kept pieces.
   *
   * @param gradients - One array for each kept piece, in the order of the pieces.
   * @param scale - Factor of the gradients, from clipping.
   */
  update(gradients: readonly Float32Array[], rule: UpdateRule, scale: number): void;
}

/** Gradients that ranks add up in one operation. */
export interface GradientBucket {
  /** The bucket's parameters, which follow one another in the model. */
  readonly specs: readonly ParameterSpec[];
  /** Index of the bucket's first number among the numbers of all parameters. */
  readonly start: number;
  /** Index after the last number. */
  readonly end: number;
}

/** Minimum size of a bucket, in numbers: starting an operation takes as long as sending a megabyte. */
const SMALLEST_BUCKET = 2 ** 18;

/**
 * Divides the gradients of a model into buckets. The last parameters come first, in the order of the backward
 * pass, and small parameters share a bucket.
 */
export function gradientBuckets(specs: readonly ParameterSpec[]): GradientBucket[] {
  const buckets: GradientBucket[] = [];
  let end = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let start = end;
  let own: ParameterSpec[] = [];
  for (const [i, spec] of [...specs.entries()].reverse()) {
    own.unshift(spec);
    start -= sizeOf(spec.shape);
    if (end - start < SMALLEST_BUCKET && i > 0) continue;
    buckets.push({ specs: own, start, end });
    [own, end] = [[], start];
  }
  return buckets;
}
