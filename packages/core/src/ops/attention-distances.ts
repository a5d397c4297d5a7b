import * as tf from '@tensorflow/tfjs-core';

/** Nothing is added to the first two axes. */
const OUTER: [number, number][] = [
  [0, 0],
  [0, 0],
];

/**
 * What each query makes of how far away each key is, before it is scaled: `q e`, `[B, H, T, T]`. Above
 * the diagonal stands what a causal mask must remove.
 *
 * @param query - `[B, H, T, D]`.
 * @param distances - `[H * M, D]`.
 * @see Huang et al. 2018, section 3.4.1: every query by every row, then skewed
 */
export function relativeScores(query: tf.Tensor4D, distances: tf.Tensor2D): tf.Tensor4D {
  const products: tf.Tensor3D = tf.matMul(
    headsOutside(query),
    nearestRows(distances, query.shape),
    false,
    true,
  ); // [H, B * T, T]
  const [B, H, T] = query.shape;
  return skew(batchOutside(products, [B, H, T, T]));
}

/**
 * The gradients of a query and of the distances.
 *
 * @param dScores - Of what `relativeScores` gives, zero above the diagonal.
 */
export function relativeGradients(
  dScores: tf.Tensor4D,
  query: tf.Tensor4D,
  distances: tf.Tensor2D,
): { dq: tf.Tensor4D; dDistances: tf.Tensor2D } {
  const dProducts = headsOutside(unskew(dScores)); // [H, B * T, T]
  const dq: tf.Tensor3D = tf.matMul(dProducts, nearestRows(distances, query.shape));
  const dRows: tf.Tensor3D = tf.matMul(dProducts, headsOutside(query), true, false); // [H, T, D]
  return {
    dq: batchOutside(dq, query.shape),
    dDistances: tf.reshape(fitRows(dRows, distances.shape[0] / query.shape[1]), distances.shape),
  };
}

/** The rows of distances T - 1 to 0 of each head, `[H, T, D]`. */
function nearestRows(distances: tf.Tensor2D, [, H, T, D]: tf.Tensor4D['shape']): tf.Tensor3D {
  const table: tf.Tensor3D = tf.reshape(distances, [H, distances.shape[0] / H, D]);
  return fitRows(table, T);
}

/** The last `count` rows of each head; zeros in front of fewer. */
function fitRows(table: tf.Tensor3D, count: number): tf.Tensor3D {
  const [H, rows, D] = table.shape;
  if (count <= rows) return tf.slice(table, [0, rows - count, 0], [H, count, D]);
  return tf.pad(table, [
    [0, 0],
    [count - rows, 0],
    [0, 0],
  ]);
}

/** From `[.., query, row]` to `[.., query, key]`: each row of numbers moves left, the first the most. */
function skew(x: tf.Tensor4D): tf.Tensor4D {
  const [B, H, T] = x.shape;
  const wide: tf.Tensor4D = tf.pad(x, [...OUTER, [0, 0], [1, 0]]); // [B, H, T, T + 1]
  const skewed: tf.Tensor4D = tf.reshape(wide, [B, H, T + 1, T]);
  return tf.slice(skewed, [0, 0, 1, 0], [B, H, T, T]);
}

/** The other way. */
function unskew(x: tf.Tensor4D): tf.Tensor4D {
  const [B, H, T] = x.shape;
  const tall: tf.Tensor4D = tf.pad(x, [...OUTER, [1, 0], [0, 0]]); // [B, H, T + 1, T]
  const straight: tf.Tensor4D = tf.reshape(tall, [B, H, T, T + 1]);
  return tf.slice(straight, [0, 0, 0, 1], [B, H, T, T]);
}

/** `[B, H, T, X]` to `[H, B * T, X]`, as each head has a table of its own. */
function headsOutside(x: tf.Tensor4D): tf.Tensor3D {
  const [B, H, T, X] = x.shape;
  return tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [H, B * T, X]);
}

/** The other way. */
function batchOutside(x: tf.Tensor3D, [B, H, T, X]: tf.Tensor4D['shape']): tf.Tensor4D {
  return tf.transpose(tf.reshape(x, [H, B, T, X]), [1, 0, 2, 3]);
}
