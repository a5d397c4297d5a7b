import { attentionSizes } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import type { ModelConfig } from '../config/model-config.js';
import { advance } from '../model/advance.js';
import { forward, logitsOf } from '../model/forward.js';
import { createKvCache, truncateSlot } from '../model/kv-cache.js';
import { emptyModel, type Model } from '../model/model.js';
import { reorderSlots } from '../model/move-slots.js';
import { ATTENTION_NAMES, type AttentionPattern } from './attention-kinds.js';

const [T, V, H, C] = [11, 13, 3, 12];
const text = Array.from({ length: T }, (_, i) => (i * i + 3) % V);
const other = text.map((token, i) => (i === 2 ? (token + 1) % V : token));

/** A model with confident predictions for some tokens. */
function boldModel(kind: AttentionPattern, given: Partial<ModelConfig> = {}): Model {
  const shape = { vocabSize: V, contextLength: T, nLayer: 2, nHead: H, nEmbd: C, mlpDim: 10 };
  const model = emptyModel({ ...shape, ...attentionSizes(kind), ...given });
  model.parameters.specs.forEach(({ name }, i) => {
    const values = randomValues(model.parameters.read(name).length, i, 0.5);
    model.parameters.write(name, name.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return model;
}

/** Logits after every token, all at once, `[T, V]`. */
function whole({ config, decoder, parameters }: Model, tokens: readonly number[]): Float32Array {
  return tf.tidy(() => {
    const tensors = parameters.tensors();
    const batch = { tokens: Int32Array.from(tokens), batchSize: 1 };
    return logitsOf(config, tensors, forward(decoder, tensors, batch)).dataSync<'float32'>();
  });
}
const row = (logits: Float32Array, t: number): Float32Array => logits.slice(t * V, (t + 1) * V);

describe.each([...ATTENTION_NAMES, 'local,compressed'] as const)(
  'a model whose attention is %s',
  (kind) => {
    const model = boldModel(kind);

    it.each([[[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], [[4, 1, 6]], [[9, 2]]])(
      'returns the same logits through the cache in parts of %j as all at once',
      (sizes) => {
        const cache = createKvCache(model.decoder, 1);
        const expected = whole(model, text);
        let done = 0;
        for (const size of sizes) {
          const tokens = text.slice(done, (done += size));
          const logits = advance(model, cache, [{ slot: 0, tokens }]);
          expect(logits).toBeAllClose(row(expected, done - 1), { atol: 1e-4 });
        }
      },
    );

    it('continues correctly after truncated steps, and in another slot', () => {
      const cache = createKvCache(model.decoder, 2);
      advance(model, cache, [
        { slot: 0, tokens: text.slice(0, 8) },
        { slot: 1, tokens: other.slice(0, 6) },
      ]);
      truncateSlot(cache, 0, 5);
      const next = [{ slot: 0, tokens: text.slice(5, 7) }];
      const expected = whole(model, text);
      expect(advance(model, cache, next)).toBeAllClose(row(expected, 6), { atol: 1e-4 });
      reorderSlots(cache, [1, 0]);
      const logits = advance(model, cache, [
        { slot: 0, tokens: other.slice(6, 9) },
        { slot: 1, tokens: text.slice(7, 8) },
      ]);
      expect(row(logits, 0)).toBeAllClose(row(whole(model, other), 8), { atol: 1e-4 });
      expect(row(logits, 1)).toBeAllClose(row(expected, 7), { atol: 1e-4 });
    });
  },
);

it('decoding with the cache adds positions at every layer', () => {
  const model = boldModel('causal', { positions: 'every-layer' });
  const expected = whole(model, text);
  const cache = createKvCache(model.decoder, 1);
  text.forEach((token, t) => {
    const logits = advance(model, cache, [{ slot: 0, tokens: [token] }]);
    expect(logits).toBeAllClose(row(expected, t), { atol: 1e-4 });
  });
  const name = 'blocks.1.positionEmbedding.weight';
  model.parameters.write(name, model.parameters.read(name).fill(0, 4 * C, 5 * C));
  const changed = whole(model, text);
  expect(row(changed, 3)).toEqual(row(expected, 3));
  expect(row(changed, 4)).not.toBeAllClose(row(expected, 4));
});

it.each(['compressed', 'compressed-input'] as const)(
  '%s attention reads a group once it has ended, and the first token always',
  (kind) => {
    const model = boldModel(kind); // groups of 3; position 2 ends the first
    const [one, two] = [whole(model, text), whole(model, other)];
    expect(two.slice(0, 2 * V)).toEqual(one.slice(0, 2 * V));
    expect(row(two, 3)).not.toEqual(row(one, 3));
  },
);

it('relative attention depends on the distance of a token', () => {
  const model = boldModel('relative');
  const [{ name }] = model.parameters.specs.filter((spec) => spec.name.includes('distances'));
  const before = whole(model, text);
  const table = model.parameters.read(name);
  model.parameters.write(name, table.fill(0, 0, table.length / H)); // the rows of the first head
  expect(row(whole(model, text), T - 1)).not.toBeAllClose(row(before, T - 1));
  expect(row(whole(model, text), 0)).toBeAllClose(row(before, 0)); // sees itself alone
});

it('local attention in separate blocks does not see the block before', () => {
  const model = boldModel('local-independent'); // blocks of 3; position 2 is in the first
  const [one, two] = [whole(model, text), whole(model, other)];
  expect(row(two, 2)).not.toEqual(row(one, 2));
  expect(two.slice(3 * V)).toEqual(one.slice(3 * V));
});
