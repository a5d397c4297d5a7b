import { multiplyRows, multiplyTransposed, transpose } from './array-backend.js';

const matrix = (rows: number, columns: number, seed: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(3 * i + seed));

/** Computes the product by its definition. */
function plainProduct(a: Float32Array, b: Float32Array, M: number, K: number, N: number): number[] {
  return Array.from({ length: M * N }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += a[Math.floor(i / N) * K + k] * b[k * N + (i % N)];
    return sum;
  });
}

const sizes = [
  [1, 1, 1],
  [2, 3, 4],
  [3, 7, 5],
  [8, 9, 7],
  [1, 17, 15],
  [63, 2, 65],
  [16, 64, 1],
] as const;

describe('multiplyTransposed', () => {
  it.each(sizes)('is the product of [%d, %d] with width %d', (M, K, N) => {
    const [a, b, out] = [matrix(M, K, 0), matrix(K, N, 1), new Float32Array(M * N).fill(NaN)];
    multiplyTransposed(a, transpose(b, K, N), out, M, K, N);
    expect(out).toBeAllClose(plainProduct(a, b, M, K, N), { atol: 1e-5 });
  });
});

describe('multiplyRows', () => {
  it.each(sizes)('is the product of [%d, %d] with width %d', (M, K, N) => {
    const [a, b, out] = [matrix(M, K, 0), matrix(K, N, 1), new Float32Array(M * N)];
    multiplyRows(a, b, out, M, K, N);
    expect(out).toBeAllClose(plainProduct(a, b, M, K, N), { atol: 1e-5 });
  });
});

describe('transpose', () => {
  it('swaps rows and columns', () => {
    expect([...transpose([1, 2, 3, 4, 5, 6], 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});
