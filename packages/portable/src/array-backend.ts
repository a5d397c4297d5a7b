import type * as tf from '@tensorflow/tfjs-core';

/** Values of a tensor: floats, or ids. */
export type Numbers = Float32Array | Int32Array;

/** Access to a tfjs backend for kernels in plain JavaScript: to the numbers of tensors, and to a matrix product. */
export interface ArrayBackend {
  /**
   * Makes float32 tensors by filling arrays.
   *
   * @param fill - Called with the numbers of the inputs, which it must not change, and the arrays of the
   *   outputs, initialized with zeros. All are valid only during the call.
   */
  readonly compute: (
    inputs: readonly tf.Tensor[],
    shapes: readonly (readonly number[])[],
    fill: (inputs: readonly Numbers[], outputs: readonly Float32Array[]) => void,
  ) => tf.Tensor[];
  /** Computes `a · b`, with either operand transposed if its flag is set. */
  readonly product: (
    a: tf.Tensor2D,
    b: tf.Tensor2D,
    transposed?: { readonly a?: boolean; readonly b?: boolean },
  ) => tf.Tensor2D;
}

type Floats = ArrayLike<number>;

/**
 * Computes `out = a · b` in plain JavaScript, with b transposed so that both are read along their rows. A
 * tile of 2 x 4 sums stays in registers, which reaches 4 GFLOPS on a core. A plain triple loop reaches 0.6.
 *
 * @param a - `[M, K]`.
 * @param b - `[N, K]`.
 * @param out - `[M, N]`.
 */
export function multiplyTransposed(
  a: Floats,
  b: Floats,
  out: Float32Array,
  M: number,
  K: number,
  N: number,
): void {
  const [tiledM, tiledN] = [M - (M % 2), N - (N % 4)];
  for (let m = 0; m < tiledM; m += 2) {
    for (let n = 0; n < tiledN; n += 4) multiplyTile(a, b, out, m, n, K, N);
  }
  for (let m = 0; m < M; m++) {
    for (let n = m < tiledM ? tiledN : 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++) sum += a[m * K + k] * b[n * K + k];
      out[m * N + n] = sum;
    }
  }
}

/**
 * Computes `out = a · b` for few rows of a, as in decoding. It reads b in its stored order, because
 * transposing b would take longer than the product.
 *
 * @param a - `[M, K]`.
 * @param b - `[K, N]`.
 * @param out - `[M, N]`, initialized with zeros.
 */
export function multiplyRows(
  a: Floats,
  b: Floats,
  out: Float32Array,
  M: number,
  K: number,
  N: number,
): void {
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      const factor = a[m * K + k];
      for (let n = 0; n < N; n++) out[m * N + n] += factor * b[k * N + n];
    }
  }
}

/** Computes a tile of the product: the entries of `out` in rows m and m + 1 and columns n to n + 3. */
function multiplyTile(
  a: Floats,
  b: Floats,
  out: Float32Array,
  m: number,
  n: number,
  K: number,
  N: number,
): void {
  const a0 = m * K;
  const a1 = a0 + K;
  const b0 = n * K;
  const b1 = b0 + K;
  const b2 = b1 + K;
  const b3 = b2 + K;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let k = 0; k < K; k++) {
    const x0 = a[a0 + k];
    const x1 = a[a1 + k];
    const y0 = b[b0 + k];
    const y1 = b[b1 + k];
    const y2 = b[b2 + k];
    const y3 = b[b3 + k];
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    s03 += x0 * y3;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    s13 += x1 * y3;
  }
  const out0 = m * N + n;
  out[out0] = s00;
  out[out0 + 1] = s01;
  out[out0 + 2] = s02;
  out[out0 + 3] = s03;
  const out1 = out0 + N;
  out[out1] = s10;
  out[out1 + 1] = s11;
  out[out1 + 2] = s12;
  out[out1 + 3] = s13;
}

/** Transposes `[rows, columns]` to `[columns, rows]`. */
export function transpose(x: Floats, rows: number, columns: number): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = x[row * columns + column];
    }
  }
  return out;
}
