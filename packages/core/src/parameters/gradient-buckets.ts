import { type ParameterSpec, sizeOf } from './parameter.js';

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
