import * as tf from '@tensorflow/tfjs-core';

import type { ParameterSpec } from '../parameters/parameter.js';
import type { Ranks } from '../ranks/ranks.js';
import { bucketNumbers } from './bucket-numbers.js';
import { gradientBuckets } from './gradient-buckets.js';
import type { Gradients } from './shared-update.js';

/**
 * Adds up the gradients of all ranks, bucket by bucket.
 *
 * @returns new tensors, which are the caller's.
 */
export async function sumTensors(
  ranks: Pick<Ranks, 'sum'>,
  gradients: Gradients,
  specs: readonly ParameterSpec[],
): Promise<Gradients> {
  const sums: Record<string, tf.Tensor> = {};
  for (const bucket of gradientBuckets(specs)) {
    const numbers = bucketNumbers(bucket, gradients);
    await ranks.sum(numbers);
    let start = 0;
    for (const { name } of bucket.specs) {
      const { size, shape } = gradients[name];
      sums[name] = tf.tensor(numbers.slice(start, start + size), shape);
      start += size;
    }
  }
  return sums;
}
