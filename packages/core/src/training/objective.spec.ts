import * as tf from '@tensorflow/tfjs-core';

import { trainingConfig, type TrainingConfig } from '../config/training-config.js';
import type { TrainingBatch } from '../model/forward.js';
import { createModel, type Model, withTrainingHeads } from '../model/model.js';
import { lossAndGradients } from './gradients.js';
import { computedBatches, predictingLayers, secondTargets } from './objective.js';

const [B, T, V] = [2, 5, 7];
const idsOf = (step: number): Int32Array => Int32Array.from({ length: B * T }, (_, i) => (i * step + 1) % V); // prettier-ignore
const batch: TrainingBatch = {
  ...{ batchSize: B, tokens: idsOf(3), targets: idsOf(5) },
  weights: Float32Array.of(1, 1, 0, 2, 1, 0, 1, 1, 1, 1),
};

describe('predictingLayers', () => {
  const of = (share: number): number[] => predictingLayers(4, share, { intermediateLosses: true });

  it('excludes one block after another in the first half of a training', () => {
    expect([0, 0.124, 0.125, 0.25, 0.374, 0.375, 0.5, 1].map((share) => of(share))).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [1, 2, 3],
      [2, 3],
      [2, 3],
      [3],
      [3],
      [3],
    ]);
  });

  it('is only the last layer by default', () => {
    expect(predictingLayers(4, 0, trainingConfig())).toEqual([3]);
  });
});

describe('secondTargets', () => {
  it('are the next targets of a sequence with their weights; the last position has none', () => {
    const { ids, weights } = secondTargets(batch);
    const next = [...batch.targets.slice(1), batch.targets[B * T - 1]];
    next[T - 1] = batch.targets[T - 1]; // any valid id
    expect(Array.from(ids)).toEqual(next);
    expect(Array.from(weights)).toEqual([1, 0, 2, 1, 0, 1, 1, 1, 1, 0]);
  });
});

describe('lossAndGradients with auxiliary losses', () => {
  const deep = { vocabSize: V, contextLength: T, nLayer: 4, nHead: 3, nEmbd: 12 };
  const AUXILIARY = { secondTarget: 0.5, intermediateLosses: true, maxSteps: 40 };
  const makeModel = (config: TrainingConfig): Model =>
    withTrainingHeads(createModel({ ...deep, positions: 'every-layer' }, { seed: 2 }), config);
  const learn = (given: Partial<TrainingConfig>, step = 0): Record<string, unknown> => {
    const config = trainingConfig({ ...given, dropout: 0.2 });
    const model = makeModel(config);
    const { loss, gradients } = lossAndGradients(model, [batch, batch], config, 2 * step);
    const arrays = Object.entries(gradients).map(
      ([name, x]) => [name, Array.from(x.dataSync())] as const,
    );
    tf.dispose(gradients);
    model.dispose();
    return { loss, ...Object.fromEntries(arrays) };
  };
  const both = { ...AUXILIARY, gradAccumSteps: 2 };

  it('reports the loss of the next tokens only', () => {
    expect(learn(both).loss).toBe(learn({ gradAccumSteps: 2 }).loss);
  });

  it.each([0, 12, 30])('has the same bits with recomputed blocks, at step %i', (step) => {
    expect(learn({ ...both, recompute: true }, step)).toEqual(learn(both, step));
  });

  it('uses fewer blocks later in the training', () => {
    const plain = learn({ gradAccumSteps: 2, secondTarget: 0.5 }, 20);
    expect(learn(both, 20)).toEqual(plain);
    expect(learn(both, 17)).not.toEqual(plain);
  });

  it('accepts an update in which only one micro-batch has nonzero weights', () => {
    const padding = { ...batch, weights: new Float32Array(B * T) };
    const model = makeModel(trainingConfig());
    const learn = (batches: TrainingBatch[]): number =>
      lossAndGradients(model, batches, trainingConfig(), 0).loss;
    expect(learn([padding, batch])).toBeGreaterThan(0);
    expect(() => learn([padding, padding])).toThrow(
      new RangeError('weights: expected at least one above 0 in an update, got none'),
    );
  });

  it('requires the heads of its training, and no others', () => {
    const second = trainingConfig({ secondTarget: 0.5 });
    const headless = makeModel(trainingConfig());
    expect(() => lossAndGradients(headless, [batch], second, 0)).toThrow(
      new TypeError(
        'model: expected the training heads secondHead.weight, got none; withTrainingHeads makes them',
      ),
    );
    expect(() => lossAndGradients(makeModel(second), [batch], trainingConfig(), 0)).toThrow(
      new TypeError(
        'model: expected no training heads, got secondHead.weight; withTrainingHeads makes them',
      ),
    );
  });
});

describe('computedBatches', () => {
  it('has the batches themselves without R-Drop, and large ones twice with it', () => {
    const count = 2 ** 17;
    const ids = new Int32Array(count).fill(3);
    const weights = new Float32Array(count).fill(1);
    const large = { batchSize: 64, tokens: ids, targets: ids, weights };
    expect(computedBatches([large], { rDrop: 0 })).toEqual([large]);
    const [twice] = computedBatches([large], { rDrop: 1 });
    expect([twice.batchSize, twice.tokens.length]).toEqual([128, 2 * count]);
    expect(twice.weights.reduce((sum, weight) => sum + weight)).toBe(count);
  });
});
