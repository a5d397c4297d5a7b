import type * as tf from '@tensorflow/tfjs-core';

/** Splits a step by head, `[H, T, N]`, into rows for each head. */
export function readRows(value: tf.Tensor): Float32Array[][] {
  const [H, T, N] = value.shape;
  const numbers = value.dataSync<'float32'>().slice();
  return Array.from({ length: H }, (_, head) =>
    Array.from({ length: T }, (__, t) => {
      const start = (head * T + t) * N;
      return numbers.subarray(start, start + N);
    }),
  );
}
