import {
  attention,
  blockMask,
  crossEntropy,
  dropout,
  embedding,
  layerNorm,
  linear,
  PREFIX_MASK,
  residual,
} from '@ramble/core/engine';
import { relativeAttention } from '@ramble/core/model';
import { toBeAllClose } from '@ramble/node/matchers';
import * as tf from '@tensorflow/tfjs-core';

import { onCpu } from '../../test/on-cpu.js';
import { loadAddon } from '../addon/load-addon.js';
import { nativeEngine } from '../engine.js';

expect.extend({ toBeAllClose });

const DROPOUT = { rate: 0.3, seed: 5, step: 2, stream: 4 };
const [N, C, V] = [9, 21, 17];

interface Case {
  readonly shapes: readonly number[][];
  /** The op. Each input has the rank of its shape, which the casts below state. */
  readonly op: (...inputs: tf.Tensor[]) => tf.Tensor;
}

const CASES: Readonly<Record<string, Case>> = {
  linear: {
    shapes: [[N, C], [C, V], [V]],
    op: (x, weight, bias) => linear(x as tf.Tensor2D, paramsOf(weight, bias)),
  },
  'linear of one row': {
    shapes: [[1, C], [C, V], [V]],
    op: (x, weight, bias) => linear(x as tf.Tensor2D, paramsOf(weight, bias)),
  },
  'linear with GELU': {
    shapes: [[N, C], [C, V], [V]],
    op: (x, weight, bias) => linear(x as tf.Tensor2D, paramsOf(weight, bias), 'gelu'),
  },
  layerNorm: {
    shapes: [[N, C], [C], [C]],
    op: (x, gain, bias) =>
      layerNorm(x as tf.Tensor2D, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D }, 1e-5),
  },
  embedding: {
    shapes: [[V, C]],
    op: (table) => embedding(table as tf.Tensor2D, ids(N)),
  },
  attention: {
    shapes: [[2 * N, 3 * C]],
    op: (qkv) => attention(qkv as tf.Tensor2D, { batch: 2, nHead: 3 }),
  },
  'attention after a prefix': {
    shapes: [[2 * N, 3 * C]],
    op: (qkv) =>
      attention(
        qkv as tf.Tensor2D,
        { batch: 2, nHead: 3, prefixLengths: Int32Array.of(N, 3) },
        PREFIX_MASK,
        DROPOUT,
      ),
  },
  'relative attention in blocks': {
    shapes: [
      [2 * N, 3 * C],
      [3 * 4, C / 3],
    ],
    op: (qkv, distances) =>
      relativeAttention(
        qkv as tf.Tensor2D,
        distances as tf.Tensor2D,
        { batch: 2, nHead: 3 },
        blockMask(3, 1),
      ),
  },
  crossEntropy: {
    shapes: [
      [N, C],
      [V, C],
    ],
    op: (hidden, projection) => {
      const weights = tf.tensor1d(new Float32Array(N).fill(1));
      return crossEntropy(hidden as tf.Tensor2D, projection as tf.Tensor2D, ids(N), weights)
        .perPosition;
    },
  },
  dropout: { shapes: [[N, C]], op: (x) => dropout(x as tf.Tensor2D, DROPOUT) },
  residual: {
    shapes: [
      [N, C],
      [N, C],
    ],
    op: (x, branch) => residual(x as tf.Tensor2D, branch as tf.Tensor2D, DROPOUT),
  },
};

describe.each(loadAddon({}).instructionSets())('on %s', (instructionSet) => {
  beforeEach(async () => {
    await nativeEngine.load();
    loadAddon({ RAMBLE_ISA: instructionSet });
  });
  afterAll(() => loadAddon({}));

  it.each(Object.entries(CASES))(
    '%s returns the same for NaN, infinity and huge numbers as its composed form',
    async (_, { shapes, op }) => {
      for (const value of [NaN, Infinity, -Infinity, 3e38, -3e38]) {
        for (const poisoned of shapes.keys()) {
          const run = (): number[] =>
            tf.tidy(() => {
              const inputs = shapes.map((shape, i) =>
                waves(shape, i === poisoned ? value : undefined),
              );
              return Array.from(op(...inputs).dataSync());
            });
          expect(run()).toBeAllClose(await onCpu(run), { atol: 1e-4, rtol: 1e-4 });
        }
      }
    },
  );

  // A composed form multiplies hidden and unused entries by 0, which makes NaN of entries that are not
  // finite. A kernel may skip them.
  it.each(Object.entries(CASES))(
    'the gradients of %s equal finite composed ones, and keep NaN and infinity',
    async (_, { shapes, op }) => {
      for (const value of [NaN, Infinity, -Infinity]) {
        for (let poisoned = 0; poisoned <= shapes.length; poisoned++) {
          const run = (): number[] =>
            tf.tidy(() => {
              const inputs = shapes.map((shape, i) =>
                waves(shape, i === poisoned ? value : undefined),
              );
              const slope = waves(
                op(...inputs).shape,
                poisoned === shapes.length ? value : undefined,
              );
              const gradients = tf.grads((...given: tf.Tensor[]) => op(...given))(inputs, slope);
              return gradients.flatMap((gradient) => Array.from(gradient.dataSync()));
            });
          const [ours, composed] = [run(), await onCpu(run)];
          const finite = [...composed.keys()].filter((i) => Number.isFinite(composed[i]));
          expect(finite.map((i) => ours[i])).toBeAllClose(
            finite.map((i) => composed[i]),
            { atol: 1e-4, rtol: 1e-4 },
          );
          expect(ours.every(Number.isFinite)).toBe(finite.length === composed.length);
        }
      }
    },
  );
});

/** Returns ordinary numbers, with the first one replaced. */
function waves(shape: number[], first?: number): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    i === 0 && first !== undefined ? first : Math.sin(i + 1),
  );
  return tf.tensor(values, shape);
}

function ids(count: number): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: count }, (_, i) => (i * 5) % V),
    'int32',
  );
}

function paramsOf(weight: tf.Tensor, bias: tf.Tensor): Parameters<typeof linear>[1] {
  return { weight: weight as tf.Tensor2D, bias: bias as tf.Tensor1D };
}
