import type { UpdateRule } from './optimizer.js';
import { parameterPlaces, type ParameterSpec, sizeOf } from './parameter.js';

/**
 * Number of entries of a parameter whose squares are added up by themselves, for the norm of a gradient.
 * Engines and ranks that share out the chunks come to the bits of one process.
 */
export const UPDATE_CHUNK = 2 ** 16;

/** The ends of the chunks of all parameters, when all numbers lie one after the other. */
export function chunkEnds(specs: readonly ParameterSpec[]): number[] {
  const ends: number[] = [];
  for (const { start, end } of parameterPlaces(specs).values()) {
    for (let at = start; at < end;) ends.push((at = Math.min(at + UPDATE_CHUNK, end)));
  }
  return ends;
}

/** Zeros, one for each chunk of parameters, or of pieces of them, as many numbers as these arrays have. */
export function chunkSums(arrays: readonly Float32Array[]): Float64Array {
  const counts = arrays.map(({ length }) => Math.ceil(length / UPDATE_CHUNK));
  return new Float64Array(counts.reduce((total, count) => total + count, 0));
}

/** The norm of numbers of which the sum of squares of each chunk is known. */
export function normOf(sums: Float64Array): number {
  return Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
}

/** A stretch of one parameter, made of whole chunks (`chunkEnds`). */
export interface Piece {
  /** The parameter's name. */
  readonly name: string;
  /** The first of its numbers among those of all parameters. */
  readonly start: number;
  /** The number after the last one. */
  readonly end: number;
}

/** Updates of some pieces of a store's parameters, so that ranks can share out an update. */
export interface PieceUpdates {
  /** All values, one parameter after the other, where they lie. They change right after `update` alone. */
  readonly values: Float32Array;
  /**
   * Keeps the optimizer's slots of these pieces alone from now on, at first those of all parameters. Slots of
   * other entries are given up, and read as 0.
   */
  keep(pieces: readonly Piece[]): void;
  /**
   * The sums of squares of each chunk, for the norm of all gradients.
   *
   * @param gradients - One array for each piece that is kept, in their order.
   */
  sumsOfSquares(gradients: readonly Float32Array[]): Float64Array;
  /**
   * Updates the pieces that are kept.
   *
   * @param gradients - One array for each of them, in their order.
   * @param scale - Factor of the gradients, from clipping.
   */
  update(gradients: readonly Float32Array[], rule: UpdateRule, scale: number): void;
}

/** Gradients that ranks add up in one operation. */
export interface GradientBucket {
  /** Parameters that follow one another, in their order. */
  readonly specs: readonly ParameterSpec[];
  /** The first of their numbers among those of all parameters. */
  readonly start: number;
  /** The number after the last one. */
  readonly end: number;
}

/** Numbers that are worth an operation of their own, whose beginning takes as long as a megabyte. */
const SMALLEST_BUCKET = 2 ** 18;

/**
 * Puts the gradients of a model into buckets. The last parameters come first, as the backward pass does,
 * and small ones share a bucket.
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
