import type * as tf from '@tensorflow/tfjs-core';

/** The rows of a matrix that a step by head, `[H, T, N]`, has for one head. */
export function readRows(value: tf.Tensor, head: number): Float32Array[] {
  const [, T, N] = value.shape;
  const numbers = value.dataSync<'float32'>();
  return Array.from({ length: T }, (_, t) => {
    const start = (head * T + t) * N;
    return numbers.slice(start, start + N);
  });
}
