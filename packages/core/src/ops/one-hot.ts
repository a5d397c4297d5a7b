import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 where a column is the row's id, else 0, `[N, depth]`. tfjs's own refuses a depth of 1, which a
 * context of one position has.
 *
 * @param ids - int32 `[N]`.
 */
export function oneHot(ids: tf.Tensor, depth: number): tf.Tensor2D {
  const columns = tf.range(0, depth, 1, 'int32');
  return tf.cast(tf.equal(tf.expandDims(ids, 1), columns), 'float32') as tf.Tensor2D; // by broadcasting
}
