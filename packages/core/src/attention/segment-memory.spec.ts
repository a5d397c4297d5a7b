import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import { memoryTokens } from '../files/bytes.js';
import { trainingConfig } from '../config/training-config.js';
import { evaluateLoss } from '../training/evaluate-loss.js';
import { windowBatches } from '../training/evaluation-batches.js';
import { lossAndGradients } from '../training/gradients.js';
import { streamBatches, streamWindows } from '../training/crop-batches.js';
import { emptyModel, type Model } from '../model/model.js';
import { recallOf } from './segment-memory.js';

const V = 13;
const text = memoryTokens(Array.from({ length: 25 }, (_, i) => (i * i + 3) % V));

/** A model whose parameters do not depend on the lengths. */
function boldModel(contextLength: number, memory: number): Model {
  const shape = { vocabSize: V, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 10 };
  const model = emptyModel({ ...shape, contextLength, attention: 'transformer-xl', memory });
  model.parameters.specs.forEach(({ name }, i) => {
    const values = randomValues(model.parameters.read(name).length, i, 0.4);
    model.parameters.write(name, name.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return model;
}
const streamed = (model: Model, batchSize = 1) =>
  evaluateLoss(
    model,
    streamWindows(text, { contextLength: model.config.contextLength, batchSize }),
  );

describe('a model with segment memory', () => {
  it('computes in segments the same as in one long pass, if the memory has all earlier positions', async () => {
    const whole = await streamed(boldModel(24, 0));
    expect(await streamed(boldModel(5, 20))).toEqual({
      loss: expect.closeTo(whole.loss, 5) as number,
      tokens: 24,
    });
    expect((await streamed(boldModel(5, 4))).loss).not.toBeCloseTo(whole.loss, 4);
  });

  it('clears the memory if a batch does not continue the previous batch', async () => {
    const window = { contextLength: 5, batchSize: 1 };
    const apart = await evaluateLoss(boldModel(5, 20), windowBatches(text, window));
    expect(apart.loss).toBeCloseTo((await streamed(boldModel(5, 0))).loss, 6);
    expect(apart.loss).not.toBeCloseTo((await streamed(boldModel(5, 20))).loss, 4);
  });

  it('has the same gradients with recomputed blocks', async () => {
    const model = boldModel(4, 6);
    const batches = streamBatches(text, { contextLength: 4, batchSize: 2, seed: 1 });
    const two = [await batches.batch(0), await batches.batch(1)];
    const learn = (recompute: boolean): Record<string, unknown> => {
      const config = trainingConfig({ dropout: 0.2, recompute, gradAccumSteps: 2 });
      const { gradients, ...others } = lossAndGradients(model, two, config, 0);
      const arrays = Object.entries(gradients).map(
        ([name, x]) => [name, Array.from(x.dataSync())] as const,
      );
      tf.dispose(gradients);
      return { ...others, ...Object.fromEntries(arrays) };
    };
    const found = learn(false);
    expect(found.memory).toMatchObject({ batchSize: 2, length: 6 });
    expect(learn(true)).toEqual(found);
    const apart = { ...two[1], continues: false };
    expect(lossAndGradients(model, [two[0], apart], trainingConfig(), 0).memory?.length).toBe(4);
  });

  it('refuses a memory with a different number of sequences', () => {
    const memory = { batchSize: 3, length: 1, states: [] };
    expect(() =>
      recallOf(boldModel(4, 4).config, { batchSize: 2, continues: true }, memory),
    ).toThrow(
      new RangeError('batchSize: expected 3, as many sequences as the memory holds, got 2'),
    );
  });
});
