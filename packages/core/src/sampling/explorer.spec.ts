import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt } from '../domain/domain.js';
import { forward, logitsOf } from '../model/forward.js';
import { createModel, type Model } from '../model/model.js';
import { createExplorer, type NextToken } from './explorer.js';

const shape = { vocabSize: 13, contextLength: 8, nLayer: 2, nHead: 3, nEmbd: 12 };
const causal = createModel(shape, { seed: 5 });
const prefix = createModel({ ...shape, attention: 'prefix' }, { seed: 5 });
const vocabulary = { describe: (id: number): string => `<${id}>` };

/** Returns the most likely next tokens, from a new explorer. */
function nextTokens(model: Model, prompt: TokenPrompt, count: number): NextToken[] {
  return createExplorer(model, vocabulary).nextTokens(prompt, count);
}

/** Returns the logits after the last token, without a cache. */
function uncached(
  { config, decoder, parameters }: Model,
  tokens: number[],
  prefixLength = 0,
): Float32Array {
  return tf.tidy(() => {
    const batch = {
      tokens: Int32Array.from(tokens),
      batchSize: 1,
      prefixLengths: Int32Array.of(prefixLength),
    };
    const logits = logitsOf(
      config,
      parameters.tensors(),
      forward(decoder, parameters.tensors(), batch),
    );
    return logits.dataSync<'float32'>().slice(-shape.vocabSize);
  });
}

describe('nextTokens', () => {
  it('returns the most likely tokens first, with probabilities over the whole vocabulary', () => {
    const next = nextTokens(causal, { tokens: [3, 1, 4] }, 13);
    const logits = uncached(causal, [3, 1, 4]);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    expect(next.map(({ token }) => token).sort((a, b) => a - b)).toEqual([...logits.keys()]);
    for (const [rank, { token, word, logit, probability }] of next.entries()) {
      expect(word).toBe(`<${token}>`);
      expect(logit).toBeCloseTo(logits[token], 5);
      expect(probability).toBeCloseTo(Math.exp(logits[token]) / sum, 6);
      if (rank > 0) expect(probability).toBeLessThanOrEqual(next[rank - 1].probability);
    }
    expect(nextTokens(causal, { tokens: [3, 1, 4] }, 2)).toEqual(next.slice(0, 2));
  });

  it('reads the end of a prompt that is longer than the context', () => {
    const long = [9, 9, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(nextTokens(causal, { tokens: long }, 5)).toEqual(
      nextTokens(causal, { tokens: long.slice(-8) }, 5),
    );
  });

  it('attends in both directions within a prefix, if the model supports it', () => {
    const [first] = nextTokens(prefix, { tokens: [3, 1, 4], prefixLength: 2 }, 1);
    expect(first.logit).toBeCloseTo(Math.max(...uncached(prefix, [3, 1, 4], 2)), 5);
    expect(first.logit).not.toBeCloseTo(Math.max(...uncached(prefix, [3, 1, 4])), 5);
  });

  it('refuses an empty prompt', () => {
    expect(() => nextTokens(causal, { tokens: [] }, 1)).toThrow(
      new RangeError('prompt: expected at least one token, got none'),
    );
  });
});

describe('an explorer', () => {
  it('reads only an appended token, and only the last one after a token is removed', () => {
    const explorer = createExplorer(causal, vocabulary);
    const read = [
      [3, 1, 4],
      [3, 1, 4, 1],
      [3, 1, 4, 1, 5],
      [3, 1, 4, 1],
      [3, 1, 4, 9],
    ].map((tokens) => {
      const before = explorer.tokensRead;
      explorer.nextTokens({ tokens }, 1);
      return explorer.tokensRead - before;
    });
    expect(read).toEqual([3, 1, 1, 1, 1]);
  });

  it.each([
    ['causal', causal, undefined],
    ['with a prefix', prefix, 2],
  ])('returns the same as a new explorer: %s', (_, model, prefixLength) => {
    const explorer = createExplorer(model, vocabulary);
    const prompts = [
      [3, 1, 4],
      [3, 1, 4, 1, 5, 9, 2, 6], // the whole context
      [3, 1],
      [3, 1, 4, 1],
      [3, 2, 4, 1],
      [3, 2, 4, 1],
    ];
    for (const tokens of prompts) {
      const prompt = { tokens, prefixLength };
      const expected = nextTokens(model, prompt, 13);
      const logits = explorer.nextTokens(prompt, 13).map(({ logit }) => logit);
      expect(logits).toBeAllClose(
        expected.map(({ logit }) => logit),
        { atol: 1e-5 },
      );
    }
  });

  it('slides over a prompt that outgrows the context', () => {
    const explorer = createExplorer(causal, vocabulary);
    const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
    for (const token of [5, 3, 5]) {
      tokens.push(token);
      const [first] = explorer.nextTokens({ tokens }, 1);
      expect(first.logit).toBeCloseTo(nextTokens(causal, { tokens }, 1)[0].logit, 5);
    }
  });

  it('still works after an error for an id that is not in the vocabulary', () => {
    const explorer = createExplorer(causal, vocabulary);
    const [before] = explorer.nextTokens({ tokens: [3, 1, 4] }, 1);
    expect(() => explorer.nextTokens({ tokens: [3, 1, 13] }, 1)).toThrow(RangeError);
    const [after] = explorer.nextTokens({ tokens: [3, 1, 4] }, 1);
    expect(after.logit).toBeCloseTo(before.logit, 5);
  });
});
