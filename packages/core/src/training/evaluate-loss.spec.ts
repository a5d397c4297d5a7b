import * as tf from '@tensorflow/tfjs-core';

import { readJson } from '../../test/read-fixture.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { memoryTokens } from '../files/bytes.js';
import { evaluateLoss, positionLosses } from './evaluate-loss.js';
import { windowBatches } from './evaluation-batches.js';

const { tokens, contextLength, strides } = readJson('evaluation/losses.json') as {
  readonly tokens: number[];
  readonly contextLength: number;
  readonly strides: readonly { readonly stride: number; readonly loss: number }[];
}; // its README
const recipe = readJson('evaluation/stride-recipe.json') as {
  readonly maxLength: number;
  readonly strides: readonly {
    readonly stride: number;
    readonly windows: readonly { readonly loss: number; readonly targets: number }[];
  }[];
}; // as above

describe('evaluateLoss', () => {
  it('refuses data without a token of nonzero weight', async () => {
    const ids = Int32Array.of(1, 2, 3);
    const batch = { batchSize: 1, tokens: ids, targets: ids, weights: new Float32Array(3) };
    const noTarget = new RangeError(
      'validation data: expected at least one token with a weight above 0, got none',
    );
    for (const batches of [[], [batch]]) {
      const data = (async function* () {
        for (const each of batches) yield await Promise.resolve(each);
      })();
      await expect(evaluateLoss(tinyGpt2(), data)).rejects.toThrow(noTarget);
    }
  });

  it('refuses a batch with fewer weights than tokens', async () => {
    const ids = Int32Array.of(1, 2, 3);
    const batch = { batchSize: 1, tokens: ids, targets: ids, weights: Float32Array.of(1, 1) };
    const data = (async function* () {
      yield await Promise.resolve(batch);
    })();
    await expect(evaluateLoss(tinyGpt2(), data)).rejects.toThrow(
      new RangeError('weights: expected 3, one for each token, got 2'),
    );
  });

  it.each(strides)("has Hugging Face's loss in windows $stride apart", async (expected) => {
    const { stride } = expected;
    const options = { contextLength, batchSize: 3, stride };
    const { loss, tokens: counted } = await evaluateLoss(
      tinyGpt2(),
      windowBatches(memoryTokens(tokens), options),
    );
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(counted).toBe(tokens.length - 1);
  });

  it.each(recipe.strides)(
    "has the loss of Hugging Face's perplexity recipe, in its windows $stride apart",
    async ({ stride, windows }) => {
      // Windows of the recipe end with the last target, and ramble's with the token before it.
      const options = { contextLength: recipe.maxLength - 1, batchSize: 3, stride };
      const report = await evaluateLoss(tinyGpt2(), windowBatches(memoryTokens(tokens), options));
      const nats = windows.reduce((sum, { loss, targets }) => sum + loss * targets, 0);
      const counted = windows.reduce((sum, { targets }) => sum + targets, 0);
      expect(report.tokens).toBe(counted);
      expect(report.loss).toBeCloseTo(nats / counted, 5);
    },
  );
});

describe('positionLosses', () => {
  it('projects only positions with nonzero weight on the vocabulary', async () => {
    const model = tinyGpt2();
    const ids = Int32Array.from({ length: 8 }, (_, i) => tokens[i]);
    const targets = Int32Array.from({ length: 8 }, (_, i) => tokens[i + 1]);
    const batch = { batchSize: 2, tokens: ids, targets, weights: new Float32Array(8).fill(1) };
    const all = positionLosses(model, batch);
    const weights = Float32Array.of(0, 0, 0.5, 0, 0, 0, 0, 2);
    let some: Float32Array = new Float32Array();
    const { kernels } = await tf.profile(() => {
      some = positionLosses(model, { ...batch, weights });
      return [];
    });
    expect(some).toBeAllClose([0, 0, all[2], 0, 0, 0, 0, all[7]], { atol: 1e-5 });
    const { vocabSize } = model.config;
    const projected = kernels
      .flatMap(({ outputShapes }) => outputShapes)
      .filter((shape) => shape.length > 1 && shape.at(-1) === vocabSize);
    expect(projected.map((shape) => shape.at(-2))).toContain(2);
    expect(projected.map((shape) => shape.at(-2))).not.toContain(8);
  });
});
