import * as tf from '@tensorflow/tfjs-core';

/**
 * Computes the distance term of the scores, before they are scaled: `q e`, `[B, H, T, S]`. Entries for keys after
 * the query have no meaning, and a causal mask must remove them.
 *
 * @param query - `[B, H, T, D]`.
 * @param distances - `[H * M, D]`.
 * @param S - Number of keys; the last T keys have the positions of the queries. T by default.
 * @see Huang et al. 2018, section 3.4.1: every query by every row, then skewed
 */
export function relativeScores(
  query: tf.Tensor4D,
  distances: tf.Tensor2D,
  S = query.shape[2],
): tf.Tensor4D {
  const [B, H, T] = query.shape;
  const rows = nearestRows(distances, query.shape, S);
  const products: tf.Tensor3D = tf.matMul(headsOutside(query), rows, false, true); // [H, B * T, S]
  return skew(batchOutside(products, [B, H, T, S]));
}

/**
 * Computes the gradients of a query and of the distances.
 *
 * @param dScores - Gradient of the result of `relativeScores`; zero for keys after the query.
 */
export function relativeGradients(
  dScores: tf.Tensor4D,
  query: tf.Tensor4D,
  distances: tf.Tensor2D,
): { dq: tf.Tensor4D; dDistances: tf.Tensor2D } {
  const dProducts = headsOutside(unskew(dScores)); // [H, B * T, S]
  const rows = nearestRows(distances, query.shape, dScores.shape[3]);
  const dq: tf.Tensor3D = tf.matMul(dProducts, rows);
  const dRows: tf.Tensor3D = tf.matMul(dProducts, headsOutside(query), true, false); // [H, S, D]
  return {
    dq: batchOutside(dq, query.shape),
    dDistances: tf.reshape(fitRows(dRows, distances.shape[0] / query.shape[1]), distances.shape),
  };
}

/**
 * Returns each head's vectors for the distances S - 1 to 0, `[H, S, D]`. They are zero for distances that are larger
 * than the table.
 */
function nearestRows(
  distances: tf.Tensor2D,
  [, H, , D]: tf.Tensor4D['shape'],
  S: number,
): tf.Tensor3D {
  const table: tf.Tensor3D = tf.reshape(distances, [H, distances.shape[0] / H, D]);
  return fitRows(table, S);
}

/** Returns the last `count` rows of each head, with zeros in front if the head has fewer. */
function fitRows(table: tf.Tensor3D, count: number): tf.Tensor3D {
  const [H, rows, D] = table.shape;
  if (count <= rows) return tf.slice(table, [0, rows - count, 0], [H, count, D]);
  return tf.pad(table, [
    [0, 0],
    [count - rows, 0],
    [0, 0],
  ]);
}

/** Converts `[.., query, row]` to `[.., query, key]`: the numbers of query t move left by T - 1 - t places. */
function skew(x: tf.Tensor4D): tf.Tensor4D {
  const [B, H, T, S] = x.shape;
  const wide = tf.concat([tf.zeros([B, H, T, 1]), x], 3); // [B, H, T, S + 1]
  const flat: tf.Tensor3D = tf.reshape(wide, [B, H, T * (S + 1)]);
  return tf.reshape(tf.slice(flat, [0, 0, T], [B, H, T * S]), [B, H, T, S]);
}

/** Inverts `skew`. */
function unskew(x: tf.Tensor4D): tf.Tensor4D {
  const [B, H, T, S] = x.shape;
  const flat: tf.Tensor3D = tf.reshape(x, [B, H, T * S]);
  const moved = tf.concat([tf.zeros<tf.Rank.R3>([B, H, T]), flat], 2); // [B, H, T * (S + 1)]
  const straight: tf.Tensor4D = tf.reshape(moved, [B, H, T, S + 1]);
  return tf.slice(straight, [0, 0, 0, 1], [B, H, T, S]);
}

/** Reshapes `[B, H, T, X]` to `[H, B * T, X]`, because each head has a separate table. */
function headsOutside(x: tf.Tensor4D): tf.Tensor3D {
  const [B, H, T, X] = x.shape;
  return tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [H, B * T, X]);
}

/** Inverts `headsOutside`. */
function batchOutside(x: tf.Tensor3D, [B, H, T, X]: tf.Tensor4D['shape']): tf.Tensor4D {
  return tf.transpose(tf.reshape(x, [H, B, T, X]), [1, 0, 2, 3]);
}
