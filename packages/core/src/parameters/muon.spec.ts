import * as tf from '@tensorflow/tfjs-core';

import { randomAt } from '../random/random.js';
import { isMuonMatrix, muonFactor, orthogonalize } from './muon.js';
import { constant, weight } from './parameter.js';

type Matrix = readonly (readonly number[])[];

const transposed = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => transposed(b).map((column) => row.reduce((sum, x, i) => sum + x * column[i], 0)));
const mixed = (...terms: readonly (readonly [number, Matrix])[]): Matrix =>
  terms[0][1].map((row, i) =>
    row.map((_, j) => terms.reduce((sum, [factor, matrix]) => sum + factor * matrix[i][j], 0)),
  );

/** The five iterations as the paper's listing has them, in double precision. */
function plainNewtonSchulz(matrix: Matrix): Matrix {
  if (matrix.length > matrix[0].length) return transposed(plainNewtonSchulz(transposed(matrix)));
  const norm = Math.max(Math.hypot(...matrix.flat()), 1e-7);
  let x = mixed([1 / norm, matrix]);
  for (let i = 0; i < 5; i++) {
    const gram = times(x, transposed(x));
    x = mixed([3.4445, x], [1, times(mixed([-4.775, gram], [2.0315, times(gram, gram)]), x)]);
  }
  return x;
}

function matrixOf(rows: number, columns: number, seed: number): Matrix {
  const random = randomAt({ seed, purpose: 'init', step: 0, stream: 0 });
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => random.normal(i * columns + j)),
  );
}

describe('orthogonalize', () => {
  it('makes the same of every matrix as the iterations one by one', () => {
    const one = matrixOf(5, 8, 4);
    const groups = [
      [matrixOf(5, 8, 1), matrixOf(5, 8, 2), one.map((_, i) => one[i % 2])], // of rank 2
      [matrixOf(8, 5, 3)],
      [
        matrixOf(6, 6, 5),
        one.map((row) => [...row.slice(0, 6).fill(0)]).concat([[0, 0, 0, 0, 0, 0]]),
      ],
      [matrixOf(1, 3, 6)],
    ];
    const results = orthogonalize(groups.map((group) => tf.tensor3d(group as number[][][])));
    expect(results.map(({ shape }) => shape)).toEqual([
      [3, 5, 8],
      [1, 8, 5],
      [2, 6, 6],
      [1, 1, 3],
    ]);
    groups.forEach((group, g) => {
      const expected = group.map(plainNewtonSchulz).flat(2);
      expect(results[g].dataSync()).toBeAllClose(expected, { atol: 1e-4 });
    });
    tf.dispose(results);
  });
});

describe('isMuonMatrix', () => {
  it('is true only of matrices of linear layers in blocks', () => {
    const inBlock = { ...weight('blocks.0.mlp.up.weight', [4, 16], 1), block: 0 };
    expect(isMuonMatrix(inBlock)).toBe(true);
    expect(isMuonMatrix(weight('tokenEmbedding', [9, 4], 1))).toBe(false);
    expect(isMuonMatrix({ ...constant('blocks.0.norm1.weight', 4, 1), block: 0 })).toBe(false);
  });
});

describe('muonFactor', () => {
  it("gives updates AdamW's root mean square: 0.2 times the root of the longer side", () => {
    expect([muonFactor([100, 25]), muonFactor([25, 100])]).toEqual([2, 2]);
  });
});
