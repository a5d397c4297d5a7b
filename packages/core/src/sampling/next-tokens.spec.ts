import * as tf from '@tensorflow/tfjs-core';

import { forward, logitsOf } from '../model/forward.js';
import { createModel, type Model } from '../model/model.js';
import { nextTokens } from './next-tokens.js';

const shape = { vocabSize: 13, contextLength: 8, nLayer: 2, nHead: 3, nEmbd: 12 };
const causal = createModel(shape, { seed: 5 });
const prefix = createModel({ ...shape, attention: 'prefix' }, { seed: 5 });

/** Logits after the last token, without a cache. */
function uncached({ config, parameters }: Model, tokens: number[], prefixLength = 0): Float32Array {
  return tf.tidy(() => {
    const batch = {
      tokens: Int32Array.from(tokens),
      batchSize: 1,
      prefixLengths: Int32Array.of(prefixLength),
    };
    const logits = logitsOf(parameters.tensors(), forward(config, parameters.tensors(), batch));
    return logits.dataSync<'float32'>().slice(-shape.vocabSize);
  });
}

describe('nextTokens', () => {
  it('gives the likeliest tokens first, their probabilities over the whole vocabulary', () => {
    const next = nextTokens(causal, { tokens: [3, 1, 4] }, 13);
    const logits = uncached(causal, [3, 1, 4]);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    expect(next.map(({ token }) => token).sort((a, b) => a - b)).toEqual([...logits.keys()]);
    for (const [rank, { token, logit, probability }] of next.entries()) {
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

  it('shows a prefix to itself both ways, where the model allows it', () => {
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
