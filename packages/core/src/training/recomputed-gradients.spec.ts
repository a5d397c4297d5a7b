import { attentionSizes } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import type { AttentionPattern } from '../attention/attention-kinds.js';
import { trainingConfig } from '../config/training-config.js';
import type { TrainingBatch } from '../model/forward.js';
import { createModel, type Model } from '../model/model.js';
import { lossAndGradients } from './gradients.js';

const [B, T] = [2, 7];
const batch: TrainingBatch = {
  batchSize: B,
  tokens: Int32Array.from({ length: B * T }, (_, i) => (i * 5) % 11),
  targets: Int32Array.from({ length: B * T }, (_, i) => (i * 3 + 1) % 11),
  weights: Float32Array.from({ length: B * T }, (_, i) => (i < 2 || i % 5 === 0 ? 0 : 1)),
  prefixLengths: Int32Array.of(3, 0),
};
const settings = { dropout: 0.2, labelSmoothing: 0.1, zLoss: 0.01, seed: 4 };

function deepModel(attention: AttentionPattern): Model {
  const shape = { vocabSize: 11, contextLength: T, nLayer: 6, nHead: 3, nEmbd: 12 };
  return createModel({ ...shape, ...attentionSizes(attention) }, { seed: 2 });
}

/** The loss and all gradients of two micro-batches. */
function numbersOf(model: Model, recompute: boolean): Record<string, unknown> {
  const config = trainingConfig({ ...settings, recompute });
  const { loss, gradients } = lossAndGradients(model, [batch, batch], config, 8);
  const numbers = Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, Array.from(gradient.dataSync())]),
  );
  tf.dispose(gradients);
  return { loss, ...numbers };
}

describe('lossAndGradients', () => {
  it('refuses a target within its prefix', () => {
    const weights = batch.weights.map((weight, i) => (i === 1 ? 0.5 : weight));
    const learn = (attention: AttentionPattern): number => {
      const model = deepModel(attention);
      return lossAndGradients(model, [{ ...batch, weights }], trainingConfig(), 0).loss;
    };
    expect(() => learn('prefix')).toThrow(
      new RangeError(
        'weights: expected 0 within a prefix, whose tokens attend to one another, got 0.5; ' +
          'train on the output alone (sourceLoss 0) or use attention causal',
      ),
    );
    expect(learn('causal')).toBeGreaterThan(0);
  });
});

describe('gradients with recomputed blocks', () => {
  it.each([
    'causal',
    'prefix',
    'relative',
    'local',
    'relative,local',
    'compressed,compressed-input',
  ] as const)(
    'have the same bits as the gradients of the whole model, with dropout and %s attention',
    (attention) => {
      const model = deepModel(attention);
      expect(numbersOf(model, true)).toEqual(numbersOf(model, false));
      model.dispose();
    },
  );

  it('take less memory, and dispose of all tensors', async () => {
    const model = deepModel('causal');
    const peakOf = async (recompute: boolean): Promise<number> => {
      const before = tf.memory().numTensors;
      const { peakBytes } = await tf.profile(() => {
        numbersOf(model, recompute);
        return [];
      });
      expect(tf.memory().numTensors).toBe(before);
      return peakBytes;
    };
    model.parameters.tensors(); // created on first use
    const parameterBytes = tf.memory().numBytes;
    const [whole, again] = [await peakOf(false), await peakOf(true)];
    expect(again - parameterBytes).toBeLessThan((whole - parameterBytes) / 2);
    model.dispose();
  });
});
