import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import type { ScheduledSequence } from '../scheduling/scheduled-sequence.js';
import { createScheduler } from '../scheduling/scheduler.js';
import { createExplorer } from '../sampling/explorer.js';
import { generate } from '../scheduling/generate.js';
import type { GenerateOptions } from '../scheduling/generation.js';
import { scoreContinuation, scoreExample } from '../sampling/score-example.js';
import { advance } from './advance.js';
import { forward, logitsOf } from './forward.js';
import { copySlot, createKvCache, resetSlot, truncateSlot } from './kv-cache.js';
import { emptyModel, type Model } from './model.js';
import { reorderSlots } from './move-slots.js';
import { recallOf, type SegmentMemory } from '../attention/segment-memory.js';

const V = 13;
const textOf = (count: number, seed = 0): number[] =>
  Array.from({ length: count }, (_, i) => (i * i + 5 * seed + 3) % V);

/** A model with confident predictions for some tokens, with segments of 4 tokens. */
function boldModel(memory: number): Model {
  const shape = { vocabSize: V, nLayer: 2, nHead: 3, nEmbd: 12, mlpDim: 10, contextLength: 4 };
  const model = emptyModel({ ...shape, attention: 'transformer-xl', memory });
  model.parameters.specs.forEach(({ name }, i) => {
    const values = randomValues(model.parameters.read(name).length, i, 0.5);
    model.parameters.write(name, name.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return model;
}

/** Returns the logits after every token, segment by segment without a cache, `[T, V]`. */
function uncached({ config, decoder, parameters }: Model, tokens: readonly number[]): Float32Array {
  const logits = new Float32Array(tokens.length * V);
  let memory: SegmentMemory | undefined;
  for (let start = 0; start < tokens.length; start += config.contextLength) {
    const segment = Int32Array.from(tokens.slice(start, start + config.contextLength));
    const recall = recallOf(config, { batchSize: 1, continues: start > 0 }, memory);
    const own = tf.tidy(() => {
      const tensors = parameters.tensors();
      const batch = { tokens: segment, batchSize: 1 };
      return logitsOf(
        config,
        tensors,
        forward(decoder, tensors, batch, { recall }),
      ).dataSync<'float32'>();
    });
    logits.set(own, start * V);
    memory = recall?.remembered();
  }
  return logits;
}
const row = (logits: Float32Array, t: number): Float32Array => logits.slice(t * V, (t + 1) * V);

describe('a model that could remember a lot', () => {
  it('computes no vectors of distances that no token has seen', async () => {
    const model = boldModel(60_000);
    const cache = createKvCache(model.decoder, 1);
    const { peakBytes } = await tf.profile(() => {
      advance(model, cache, [{ slot: 0, tokens: textOf(5) }]);
      advance(model, cache, [{ slot: 0, tokens: textOf(1) }]);
      return tf.scalar(0);
    });
    expect(peakBytes).toBeLessThan(100_000);
  });
});

describe.each([0, 3, 4, 6])('a model that remembers %i tokens', (memory) => {
  const model = boldModel(memory);

  it.each([[new Array<number>(23).fill(1)], [[23]], [[6, 1, 1, 9, 6]], [[4, 4, 8, 7]]])(
    'returns the same logits through the cache in parts of %j as without a cache',
    (sizes) => {
      const text = textOf(23);
      const expected = uncached(model, text);
      const cache = createKvCache(model.decoder, 1);
      let done = 0;
      for (const size of sizes) {
        const tokens = text.slice(done, done + size);
        const logits = advance(model, cache, [{ slot: 0, tokens }], { logits: 'all' });
        expect(logits).toBeAllClose(expected.slice(done * V, (done + size) * V), { atol: 1e-4 });
        done += size;
      }
    },
  );

  it('does so for several sequences at different places of their segments, and when slots change', () => {
    const texts = [textOf(22, 1), textOf(22, 2), textOf(22, 3)];
    const expected = texts.map((text) => uncached(model, text));
    const cache = createKvCache(model.decoder, 3);
    const feed = (slot: number, of: number, from: number, end: number) => {
      return { slot, tokens: texts[of].slice(from, end) };
    };
    advance(model, cache, [feed(0, 0, 0, 9), feed(1, 1, 0, 3)]);
    copySlot(cache, 0, 2);
    const three = advance(model, cache, [feed(2, 0, 9, 14), feed(1, 1, 3, 8)]);
    expect(row(three, 0)).toBeAllClose(row(expected[0], 13), { atol: 1e-4 });
    expect(row(three, 1)).toBeAllClose(row(expected[1], 7), { atol: 1e-4 });
    reorderSlots(cache, [2, 2, 1]);
    const again = advance(model, cache, [
      feed(0, 0, 14, 15),
      feed(1, 0, 14, 20),
      feed(2, 1, 8, 15),
    ]);
    expect(row(again, 0)).toBeAllClose(row(expected[0], 14), { atol: 1e-4 });
    expect(row(again, 1)).toBeAllClose(row(expected[0], 19), { atol: 1e-4 });
    expect(row(again, 2)).toBeAllClose(row(expected[1], 14), { atol: 1e-4 });
    resetSlot(cache, 0);
    const fresh = advance(model, cache, [feed(0, 2, 0, 11)]);
    expect(fresh).toBeAllClose(row(expected[2], 10), { atol: 1e-4 });
  });

  /** Generates 17 tokens greedily, and checks that the window never slides. */
  const written = async (options: GenerateOptions): Promise<number[]> => {
    const tokens: number[] = [];
    const events = generate(model, { tokens: textOf(6) }, { method: 'greedy', maxNewTokens: 17, ...options }); // prettier-ignore
    for await (const event of events) {
      if (event.kind === 'token') tokens.push(event.token);
      expect(event.kind).not.toBe('slide');
    }
    return tokens;
  };

  it('generates beyond the context, and never slides', async () => {
    const tokens = await written({});
    expect(tokens).toHaveLength(17);
    const logits = uncached(model, [...textOf(6), ...tokens]);
    tokens.forEach((token, i) => {
      const scores = row(logits, 5 + i);
      expect(scores[token]).toBeGreaterThan(Math.max(...scores) - 1e-3);
    });
    expect(await written({ promptLookup: 3 })).toEqual(tokens);
    expect(await written({ numBeams: 2 })).toHaveLength(17);
  });

  it('is served in a batch', async () => {
    const scheduler = createScheduler(model, { batchSize: 2, promptTokensPerStep: 5 });
    const outputs: number[][] = [[], []];
    const sequences = outputs.map((output): ScheduledSequence => ({
      choose: (logits) => {
        output.push(logits.indexOf(Math.max(...logits)));
        return output.length < 17 ? output[output.length - 1] : undefined;
      },
      fail: (error) => {
        throw error;
      },
    }));
    scheduler.add({ prompt: { tokens: textOf(6) }, sequences });
    while (scheduler.step());
    const alone = await written({});
    expect(outputs).toEqual([alone, alone]);
  });

  it('scores and explores texts of any length', () => {
    const text = textOf(21);
    const logits = uncached(model, text);
    const logProbability = (t: number): number => {
      const scores = row(logits, t);
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      return scores[text[t + 1]] - Math.log(total);
    };
    const expected = Array.from({ length: 20 }, (_, t) => logProbability(t));
    const example = { tokens: text, lossWeights: text.map(() => 1) };
    expect(scoreExample(model, example)).toBeAllClose(expected, { atol: 1e-4 });
    const scored = scoreContinuation(model, { tokens: text.slice(0, 7) }, text.slice(7));
    const found = scored.map((token) => token.logProbability);
    expect(found).toBeAllClose(expected.slice(6), { atol: 1e-4 });
    const explorer = createExplorer(model, { describe: (id) => `${id}` });
    for (const length of [3, 4, 9, 10, 8]) {
      const [first] = explorer.nextTokens({ tokens: text.slice(0, length) }, 1);
      expect(first.logit).toBeCloseTo(Math.max(...row(logits, length - 1)), 3);
    }
  });
});

it('truncates to a position that the cache still has, or else clears the slot', () => {
  const model = boldModel(3);
  const cache = createKvCache(model.decoder, 1);
  const text = textOf(110);
  const expected = uncached(model, text);
  advance(model, cache, [{ slot: 0, tokens: text }]);
  expect(truncateSlot(cache, 0, 46)).toBe(46); // 64 fewer
  const logits = advance(model, cache, [{ slot: 0, tokens: text.slice(46) }]);
  expect(logits).toBeAllClose(row(expected, 109), { atol: 1e-4 });
  expect(truncateSlot(cache, 0, 20)).toBe(0);
  const again = advance(model, cache, [{ slot: 0, tokens: text.slice(0, 9) }]);
  expect(again).toBeAllClose(row(expected, 8), { atol: 1e-4 });
});

it('stores no more positions than it sees, for outputs of any length', () => {
  const model = boldModel(6);
  const cache = createKvCache(model.decoder, 2);
  for (let i = 0; i < 3; i++) advance(model, cache, [{ slot: 1, tokens: textOf(100) }]);
  const full = (4 + 6 + 64) * 12;
  expect(cache.keys.map((slots) => slots.map(({ length }) => length))).toEqual([
    [0, full],
    [0, full],
  ]);
});
