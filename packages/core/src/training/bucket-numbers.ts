import type { GradientBucket } from './gradient-buckets.js';
import type { Gradients } from './shared-update.js';

/** The gradients of a bucket's parameters, one after the other, in new memory. */
export function bucketNumbers(
  { specs, start, end }: GradientBucket,
  gradients: Gradients,
): Float32Array {
  const numbers = new Float32Array(end - start);
  let next = 0;
  for (const { name } of specs) {
    numbers.set(gradients[name].dataSync<'float32'>(), next);
    next += gradients[name].size;
  }
  return numbers;
}
