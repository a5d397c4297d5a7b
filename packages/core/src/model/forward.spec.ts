import * as tf from '@tensorflow/tfjs-core';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { batchLoss, forward, logitsOf, type TokenBatch } from './forward.js';
import { createModel, type Model } from './model.js';

const [B, T, C, V] = [2, 5, 6, 7];
const sizes = { vocabSize: V, contextLength: T, nLayer: 2, nHead: 3, nEmbd: C, mlpDim: 10 };
const tokens = Int32Array.of(1, 2, 3, 4, 5, 6, 0, 1, 2, 3);

/** Returns hidden states, `[B * T, C]`. */
function hiddenOf(model: Model, batch: TokenBatch, rate = 0): Float32Array {
  const dropoutOf = (place: number) => ({ rate, seed: 1, step: 0, stream: place });
  return tf.tidy(() =>
    forward(model.decoder, model.parameters.tensors(), batch, { dropoutOf }).dataSync<'float32'>(),
  );
}
const changed = (t: number): Int32Array => tokens.map((id, i) => (i === t ? (id + 3) % V : id));

describe('forward', () => {
  const model = createModel(sizes, { seed: 3 });

  it('returns hidden states that do not depend on later tokens', () => {
    const before = hiddenOf(model, { tokens, batchSize: B });
    for (let t = 0; t < T; t++) {
      const after = hiddenOf(model, { tokens: changed(t), batchSize: B });
      expect(after.subarray(0, t * C)).toEqual(before.subarray(0, t * C));
      expect(after.subarray(t * C, (t + 1) * C)).not.toEqual(before.subarray(t * C, (t + 1) * C));
      expect(after.subarray(T * C)).toEqual(before.subarray(T * C));
    }
  });

  it('attends in both directions within a prefix, and is causal after it and without one', () => {
    const twoWay = createModel({ ...sizes, attention: 'prefix' }, { seed: 3 });
    const batch = { tokens, batchSize: B, prefixLengths: Int32Array.of(3, 0) };
    const before = hiddenOf(twoWay, batch);
    const inPrefix = hiddenOf(twoWay, { ...batch, tokens: changed(2) });
    expect(inPrefix.subarray(0, C)).not.toEqual(before.subarray(0, C));
    const after = hiddenOf(twoWay, { ...batch, tokens: changed(3) });
    expect(after.subarray(0, 3 * C)).toEqual(before.subarray(0, 3 * C));
    expect(hiddenOf(twoWay, { tokens, batchSize: B })).toBeAllClose(
      hiddenOf(model, { tokens, batchSize: B }),
    );
  });

  it('drops the same entries at every call with the same seed and step', () => {
    const batch = { tokens, batchSize: B };
    const [once, again] = [hiddenOf(model, batch, 0.5), hiddenOf(model, batch, 0.5)];
    expect(once).toEqual(again);
    expect(once).not.toEqual(hiddenOf(model, batch));
  });

  it('disposes of all tensors except its result', () => {
    const parameters = model.parameters.tensors();
    const before = tf.memory().numTensors;
    const hidden = forward(model.decoder, parameters, { tokens, batchSize: B });
    expect(hidden.shape).toEqual([B * T, C]);
    expect(tf.memory().numTensors).toBe(before + 1);
    hidden.dispose();
  });

  it('refuses ids and lengths that do not fit the model', () => {
    const parameters = model.parameters.tensors();
    const run = (given: Int32Array, batchSize: number) => () =>
      forward(model.decoder, parameters, { tokens: given, batchSize });
    expect(run(Int32Array.of(1, 7), 1)).toThrow(
      new RangeError('tokens: expected ids from 0 to 6, got 7 at position 1'),
    );
    expect(run(Int32Array.of(-1), 1)).toThrow(
      new RangeError('tokens: expected ids from 0 to 6, got -1 at position 0'),
    );
    expect(run(tokens, 1)).toThrow(
      new RangeError('tokens: expected sequences of 1 to 5 tokens (contextLength), got 10'),
    );
    expect(run(tokens, 3)).toThrow(
      new RangeError(
        'tokens: expected sequences of 1 to 5 tokens (contextLength), got 3.3333333333333335',
      ),
    );
  });
});

describe('batchLoss', () => {
  it('does not depend on the ids of padding, or on whether lengths are given', () => {
    const model = createModel(sizes, { seed: 3 });
    const weights = Float32Array.of(1, 1, 0, 0, 0, 1, 1, 1, 1, 1);
    const lossWith = (padding: number, lengths?: Int32Array): number => {
      const padded = tokens.map((id, i) => (weights[i] === 0 ? padding : id));
      const batch = { tokens: padded, targets: padded, weights, batchSize: B, lengths };
      return tf.tidy(
        () => batchLoss(model.decoder, model.parameters.tensors(), batch, 7).loss.dataSync()[0],
      );
    };
    expect(lossWith(6)).toBe(lossWith(0));
    expect(lossWith(6, Int32Array.of(2, 5))).toBe(lossWith(0));
  });

  it.each([
    [[2], 'lengths: expected one for each of 2 sequences, got 1'],
    [[2, 6], 'lengths: expected 0 to 5, the positions of a sequence, got 6'],
    [[-1, 5], 'lengths: expected 0 to 5, the positions of a sequence, got -1'],
  ])('refuses the lengths %j', (lengths, message) => {
    const model = createModel(sizes);
    const batch = { tokens, batchSize: B, lengths: Int32Array.from(lengths) };
    expect(() => forward(model.decoder, model.parameters.tensors(), batch)).toThrow(
      new RangeError(message),
    );
  });

  it('refuses targets that are not in the vocabulary', () => {
    const model = createModel(sizes);
    const targets = tokens.map((id, i) => (i === 4 ? -100 : id));
    const batch = { tokens, targets, weights: new Float32Array(B * T), batchSize: B };
    expect(() => batchLoss(model.decoder, model.parameters.tensors(), batch, 1)).toThrow(
      new RangeError('targets: expected ids from 0 to 6, got -100 at position 4'),
    );
  });
});

describe('logitsOf', () => {
  it('projects on the token embedding', () => {
    const model = tinyGpt2();
    const table = model.parameters.read('tokenEmbedding.weight');
    const logits = tf.tidy(() => {
      const hidden = tf.tensor2d(
        [...new Array<number>(12).keys()].map((c) => (c === 4 ? 1 : 0)),
        [1, 12],
      );
      return logitsOf(model.config, model.parameters.tensors(), hidden).dataSync();
    });
    expect(logits).toBeAllClose(Array.from({ length: 31 }, (_, id) => table[id * 12 + 4]));
  });
});
