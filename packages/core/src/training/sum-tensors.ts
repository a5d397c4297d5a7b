import * as tf from '@tensorflow/tfjs-core';

import type { ParameterSpec } from '../parameters/parameter.js';
import type { Ranks } from '../ranks/ranks.js';
import { gradientBuckets } from './gradient-buckets.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/**
 * Adds up the gradients of all ranks, bucket by bucket.
 *
 * @returns new tensors, which are the caller's.
 */
export async function sumTensors(
  ranks: Pick<Ranks, 'sum'>,
  gradients: Tensors,
  specs: readonly ParameterSpec[],
): Promise<Tensors> {
  const sums: Record<string, tf.Tensor> = {};
  for (const bucket of gradientBuckets(specs)) {
    const numbers = new Float32Array(bucket.end - bucket.start);
    let start = 0;
    for (const { name } of bucket.specs) {
      numbers.set(gradients[name].dataSync<'float32'>(), start);
      start += gradients[name].size;
    }
    await ranks.sum(numbers);
    start = 0;
    for (const { name } of bucket.specs) {
      const { size, shape } = gradients[name];
      sums[name] = tf.tensor(numbers.slice(start, start + size), shape);
      start += size;
    }
  }
  return sums;
}
