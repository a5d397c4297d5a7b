import { golden } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { advance } from './advance.js';
import { decoderOf } from './decoder.js';
import type { Feed } from './cache-memory.js';
import { forward, logitsOf } from './forward.js';
import { createKvCache } from './kv-cache.js';
import { createModel, type Model } from './model.js';

const sequences = golden.inputIds;
const [B, T, V] = [2, 7, 31];

/** Returns the logits after every position of one sequence, computed at once: `[T, V]`. */
function uncached(model: Model, tokens: readonly number[], prefixLength = 0): Float32Array {
  return tf.tidy(() => {
    const parameters = model.parameters.tensors();
    const batch = {
      tokens: Int32Array.from(tokens),
      batchSize: 1,
      prefixLengths: Int32Array.of(prefixLength),
    };
    return logitsOf(
      model.config,
      parameters,
      forward(model.decoder, parameters, batch),
    ).dataSync<'float32'>();
  });
}
const rowOf = (logits: Float32Array, row: number): Float32Array =>
  logits.slice(row * V, (row + 1) * V);

describe("advance, against Hugging Face's cache", () => {
  const model = tinyGpt2();
  it.each(golden.cached.chunksTried.map((chunks) => [chunks]))(
    'gives the same logits in chunks of %j',
    (chunks) => {
      const cache = createKvCache(model.decoder, B);
      let done = 0;
      for (const chunk of chunks) {
        const feeds = sequences.map((tokens, slot) => ({
          slot,
          tokens: tokens.slice(done, done + chunk),
        }));
        const logits = advance(model, cache, feeds);
        done += chunk;
        const expected = golden.cached.stepLogits[done - 1];
        expect(logits).toBeAllClose(expected.flat(), { atol: 1e-4 });
      }
      expect([...cache.lengths]).toEqual([T, T]);
    },
  );
});

describe('advance', () => {
  it('refuses the cache of a model with other layers', () => {
    const model = tinyGpt2();
    const other = createKvCache(decoderOf({ ...model.config, nLayer: 5 }), 1);
    const { nLayer } = model.config;
    expect(() => advance(model, other, [{ slot: 0, tokens: [1] }])).toThrow(
      new RangeError(`cache: expected ${nLayer} layers of 12 columns, got 5 of 12`),
    );
  });

  it('returns the same logits as one pass, for every length of prompt', () => {
    const model = tinyGpt2();
    const tokens = [...sequences[0], ...sequences[1], 5, 9]; // the whole context, 16
    const whole = uncached(model, tokens);
    for (let prompt = 1; prompt < tokens.length; prompt++) {
      const cache = createKvCache(model.decoder, 1);
      const first = advance(model, cache, [{ slot: 0, tokens: tokens.slice(0, prompt) }]);
      expect(first).toBeAllClose(rowOf(whole, prompt - 1), { atol: 1e-4 });
      for (let t = prompt; t < tokens.length; t++) {
        const next = advance(model, cache, [{ slot: 0, tokens: [tokens[t]] }]);
        expect(next).toBeAllClose(rowOf(whole, t), { atol: 1e-4 });
      }
    }
  });

  it('returns the same logits for a sequence in a batch as alone, for any lengths', () => {
    const model = tinyGpt2();
    const texts = [sequences[0], [7], [...sequences[1], 3, 2, 30], [1, 2]];
    const cache = createKvCache(model.decoder, 5);
    // Slot 2 of the cache stays empty, and the slots come in another order.
    const places = [4, 0, 3, 1];
    const feed = (from: number, to: number): Feed[] =>
      texts.flatMap((tokens, i) => {
        const part = tokens.slice(from, to);
        return part.length > 0 ? [{ slot: places[i], tokens: part }] : [];
      });
    let done = 0;
    for (const upTo of [2, 3, 7, 10]) {
      const feeds = feed(done, upTo);
      const logits = advance(model, cache, feeds);
      feeds.forEach(({ slot }, row) => {
        const tokens = texts[places.indexOf(slot)].slice(0, upTo);
        const alone = uncached(model, tokens);
        expect(rowOf(logits, row)).toBeAllClose(rowOf(alone, tokens.length - 1), { atol: 1e-4 });
      });
      done = upTo;
    }
    expect([...cache.lengths]).toEqual([1, 2, 0, 10, 7]);
  });

  it.each([0, 1, 2, 5, 7])('prefills a prefix of %d tokens as a whole', (prefixLength) => {
    const model = tinyGpt2('prefix');
    const tokens = [...sequences[0], 8, 3];
    const cache = createKvCache(model.decoder, 2);
    const start: Feed[] = [
      { slot: 0, tokens: tokens.slice(0, T), prefixLength },
      { slot: 1, tokens: [4, 5, 6], prefixLength: 2 },
    ];
    const first = advance(model, cache, start);
    expect(rowOf(first, 0)).toBeAllClose(
      rowOf(uncached(model, tokens.slice(0, T), prefixLength), T - 1),
      { atol: 1e-4 },
    );
    expect(rowOf(first, 1)).toBeAllClose(rowOf(uncached(model, [4, 5, 6], 2), 2), { atol: 1e-4 });
    for (let t = T; t < tokens.length; t++) {
      const next = advance(model, cache, [{ slot: 0, tokens: [tokens[t]] }]);
      const whole = uncached(model, tokens.slice(0, t + 1), prefixLength);
      expect(next).toBeAllClose(rowOf(whole, t), { atol: 1e-4 });
    }
  });

  it('returns the logits after every token on request', () => {
    const model = tinyGpt2();
    const texts = [sequences[0], [7], sequences[1]];
    const cache = createKvCache(model.decoder, 3);
    advance(model, cache, [{ slot: 2, tokens: texts[2].slice(0, 3) }]); // the others begin
    const feeds = texts.map((tokens, slot) => ({
      slot,
      tokens: tokens.slice(slot === 2 ? 3 : 0),
    }));
    const logits = advance(model, cache, feeds, { logits: 'all' });
    const expected = texts.map((tokens) => uncached(model, tokens));
    expected[2] = expected[2].slice(3 * V);
    expect(logits).toBeAllClose(
      expected.flatMap((rows) => Array.from(rows)),
      { atol: 1e-4 },
    );
  });

  it('writes the logits to the beginning of a given array', () => {
    const model = tinyGpt2();
    const tokens = sequences[0].slice(0, 3);
    const feeds = [{ slot: 0, tokens }];
    const alone = advance(model, createKvCache(model.decoder, 1), feeds);
    const into = new Float32Array(V + 2).fill(7);
    const logits = advance(model, createKvCache(model.decoder, 1), feeds, { into });
    expect(logits).toEqual(alone);
    expect(into.subarray(0, V)).toEqual(alone);
    expect([...into.subarray(V)]).toEqual([7, 7]);
  });

  it('refuses an array that is too short, and feeds nothing', () => {
    const model = tinyGpt2();
    const cache = createKvCache(model.decoder, 1);
    const feed = { slot: 0, tokens: sequences[0].slice(0, 3) };
    const options = { logits: 'all', into: new Float32Array(2 * V) } as const;
    expect(() => advance(model, cache, [feed], options)).toThrow(
      new RangeError(`into: expected at least ${3 * V} numbers, got ${2 * V}`),
    );
    expect([...cache.lengths]).toEqual([0]);
  });

  it('disposes of all tensors', () => {
    const model = createModel({ vocabSize: 7, nEmbd: 6, nHead: 3, nLayer: 2, contextLength: 9 });
    model.parameters.tensors();
    const before = tf.memory().numTensors;
    const cache = createKvCache(model.decoder, 1);
    advance(model, cache, [{ slot: 0, tokens: [1, 2, 3] }]);
    for (let t = 3; t < 9; t++) advance(model, cache, [{ slot: 0, tokens: [t % 7] }]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[string, Feed[], string]>([
    [
      'an unknown id',
      [{ slot: 0, tokens: [3, 31] }],
      'tokens: expected ids from 0 to 30, got 31 at position 1',
    ],
    [
      'half an id',
      [{ slot: 0, tokens: [0.5] }],
      'tokens: expected ids from 0 to 30, got 0.5 at position 0',
    ],
    [
      'no token',
      [{ slot: 0, tokens: [] }],
      'tokens: expected sequences of 1 to 16 tokens (contextLength), got 0',
    ],
    [
      'more than fits',
      [{ slot: 1, tokens: new Array<number>(6).fill(1) }],
      'tokens: expected at most 5 more for a cache of 8, got 6',
    ],
    [
      'a place that is not there',
      [{ slot: 2, tokens: [1] }],
      'slot: expected an integer from 0 to 1, got 2',
    ],
    [
      'a place twice',
      [
        { slot: 0, tokens: [1] },
        { slot: 0, tokens: [2] },
      ],
      'feeds: expected each slot once, got 0 twice',
    ],
    [
      'a prefix longer than its tokens',
      [{ slot: 0, tokens: [1, 2], prefixLength: 3 }],
      'prefixLength: expected at most the 2 tokens that begin a sequence, got 3',
    ],
    [
      'a prefix in the middle',
      [{ slot: 1, tokens: [1, 2], prefixLength: 1 }],
      'prefixLength: expected at most the 0 tokens that begin a sequence, got 1',
    ],
  ])('refuses %s', (_, feeds, message) => {
    const model = tinyGpt2();
    const cache = createKvCache(model.decoder, 2, 8);
    advance(model, cache, [{ slot: 1, tokens: [1, 2, 3] }]);
    expect(() => advance(model, cache, feeds)).toThrow(new RangeError(message));
    expect([...cache.lengths]).toEqual([0, 3]);
  });
});
