import * as tf from '@tensorflow/tfjs-core';

import type { ModelConfig } from '../config/model-config.js';
import { trainingConfig } from '../config/training-config.js';
import { lossAndGradients } from '../training/gradients.js';
import { packExamples } from '../training/example-batches.js';
import { positionLosses } from '../training/evaluate-loss.js';
import type { TrainingBatch } from './forward.js';
import { createModel } from './model.js';
import { packRows } from './row-packing.js';

const SHAPE = { vocabSize: 23, contextLength: 16, nLayer: 2, nHead: 2, nEmbd: 12, mlpDim: 20 };
const LENGTHS = [3, 12, 7, 2];

/** Returns a batch of examples of these lengths. Their first tokens count half as much as the others. */
function batchOf(lengths: readonly number[]): TrainingBatch {
  const examples = lengths.map((length, row) => ({
    tokens: Array.from(
      { length: length + 1 },
      (_, t) => (7 * t + 5 * row + t * t) % SHAPE.vocabSize,
    ),
    lossWeights: Array.from({ length: length + 1 }, (_, t) => (t > 1 ? 1 : 0.5)),
  }));
  return packExamples(examples, SHAPE.contextLength);
}

describe('the rows of a batch without its padding', () => {
  it('are in order, with their tokens and positions', () => {
    const tokens = Int32Array.of(1, 2, 0, 4, 5, 6);
    expect(packRows({ tokens, batchSize: 2, lengths: Int32Array.of(2, 3) })).toEqual({
      rows: Int32Array.of(0, 1, 3, 4, 5),
      places: Int32Array.of(0, 1, 0, 2, 3, 4),
      tokens: Int32Array.of(1, 2, 4, 5, 6),
      positions: Int32Array.of(0, 1, 0, 1, 2),
    });
  });

  it('have one of sixteen sizes, with rows of padding that do not count', () => {
    const { packing, weights } = batchOf([3, 12, 12, 2]);
    expect(packing?.rows).toHaveLength(30);
    expect(Array.from(packing?.rows ?? []).slice(29)).toEqual([3]);
    expect(weights[3]).toBe(0);
  });

  it('are not made for a batch with little padding', () => {
    expect(batchOf([10, 10, 10]).packing).toBeUndefined();
    expect(batchOf([12, 12, 12, 11]).packing).toBeUndefined();
    expect(packRows({ tokens: new Int32Array(6), batchSize: 2 })).toBeUndefined();
  });

  it.each<[string, Partial<ModelConfig>]>([
    ['learned positions', {}],
    [
      'rotary positions and shared heads',
      { positions: 'rotary', nHead: 2, nKvHead: 1, norm: 'rms', mlp: 'swiglu' },
    ],
    ['positions at every layer', { positions: 'every-layer' }],
    ['relative attention', { attention: 'relative' }],
    ['linear biases', { attention: 'alibi' }],
    ['local and compressed attention', { attention: 'local,compressed' }],
    ['a window', { attention: 'window', window: 4 }],
  ])('have the losses and gradients of all rows, with %s', (_, settings) => {
    const model = createModel({ ...SHAPE, ...settings }, { seed: 4 });
    const packed = batchOf(LENGTHS);
    const padded = { ...packed, packing: undefined };
    expect(packed.packing?.rows).toHaveLength(24);
    const config = trainingConfig({ maxSteps: 1, gradAccumSteps: 1, secondTarget: 0 });
    const [mine, whole] = [packed, padded].map((batch) =>
      lossAndGradients(model, [batch], config, 0),
    );
    expect(Math.abs(mine.loss - whole.loss)).toBeLessThan(1e-6);
    for (const [name, gradient] of Object.entries(mine.gradients)) {
      const difference = tf.max(tf.abs(tf.sub(gradient, whole.gradients[name]))).dataSync()[0];
      expect([name, difference < 1e-6]).toEqual([name, true]);
    }
    const [losses, expected] = [packed, padded].map((batch) => positionLosses(model, batch));
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - expected[i])).toBeLessThan(1e-6);
    });
    model.dispose();
  });
});
