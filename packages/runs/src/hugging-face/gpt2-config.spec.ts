import { MODEL_PRESETS, modelConfig } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import { gpt2Fixtures } from '@ramble/node/testing';

import { fromGpt2Config, toGpt2Config } from './gpt2-config.js';

// The config.json of a tiny GPT-2 of Hugging Face.
const tiny = gpt2Fixtures.readJson('config.json') as JsonObject;

describe('fromGpt2Config', () => {
  it('reads the files of Hugging Face', () => {
    expect(fromGpt2Config(tiny)).toEqual(
      modelConfig({ vocabSize: 31, contextLength: 16, nEmbd: 12, nLayer: 2, nHead: 3 }),
    );
  });

  it('keeps an MLP of another width and another epsilon', () => {
    const config = fromGpt2Config({ ...tiny, n_inner: 10, layer_norm_epsilon: 1e-6 });
    expect(config).toMatchObject({ mlpDim: 10, normEps: 1e-6 });
    expect(fromGpt2Config({ ...tiny, n_inner: null }).mlpDim).toBe(48);
  });

  it('reads the context length under its old name', () => {
    expect(fromGpt2Config({ ...tiny, n_positions: undefined, n_ctx: 9 }).contextLength).toBe(9);
  });

  it('takes both names of the tanh GELU, and no other activation', () => {
    const activated = (name: string): JsonObject => ({ ...tiny, activation_function: name });
    expect(fromGpt2Config(activated('gelu_pytorch_tanh'))).toEqual(fromGpt2Config(tiny));
    for (const name of ['gelu', 'relu']) {
      expect(() => fromGpt2Config(activated(name))).toThrow(
        new RangeError(
          `activation_function: expected gelu_new or gelu_pytorch_tanh, got "${name}"`,
        ),
      );
    }
  });

  it.each([
    [{ model_type: 'llama' }, 'model_type: expected gpt2, got "llama"'],
    [
      { n_embd: undefined },
      'n_embd: expected an integer of at least 1 and at most 1048576, got nothing',
    ],
    [{ n_head: 5 }, 'n_head: expected a divisor of n_embd (12), got 5'],
    [
      { n_layer: 2 ** 31 },
      'n_layer: expected an integer of at least 1 and at most 10000, got 2147483648',
    ],
    [
      { n_layer: 1e300 },
      'n_layer: expected an integer of at least 1 and at most 10000, got 1e+300',
    ],
    [{ tie_word_embeddings: 'no' }, 'tie_word_embeddings: expected true or false, got "no"'],
    [{ scale_attn_weights: false }, 'scale_attn_weights: expected true, got false'],
    [
      { scale_attn_by_inverse_layer_idx: true },
      'scale_attn_by_inverse_layer_idx: expected false, got true',
    ],
    [{ add_cross_attention: true }, 'add_cross_attention: expected false, got true'],
  ])('refuses %j', (changes, message) => {
    const isWhole = new RegExp(`^${message.replace(/[()+]/g, '\\$&')}$`);
    expect(() => fromGpt2Config({ ...tiny, ...changes })).toThrow(isWhole);
  });
});

describe('toGpt2Config', () => {
  it.each(Object.entries(MODEL_PRESETS))('writes what is read back as %s', (_, preset) => {
    const config = modelConfig({ ...preset, vocabSize: 50257 });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('keeps an MLP of another width', () => {
    const config = modelConfig({ vocabSize: 7, mlpDim: 10, normEps: 1e-6 });
    expect(toGpt2Config(config, 0.1)).toMatchObject({ n_inner: 10, attn_pdrop: 0.1 });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('keeps a separate output projection', () => {
    const config = modelConfig({ vocabSize: 7, tiedHead: false });
    expect(toGpt2Config(config, 0.1)).toMatchObject({ tie_word_embeddings: false });
    expect(fromGpt2Config(toGpt2Config(config, 0.1))).toEqual(config);
  });

  it('refuses positions at every layer, which GPT-2 does not have', () => {
    const config = modelConfig({ vocabSize: 7, positions: 'every-layer' });
    expect(() => toGpt2Config(config, 0)).toThrow(
      new RangeError(
        "positions: expected input, as in Hugging Face's GPT-2, got every-layer; Hugging Face has no model with all settings of this one, so it cannot be exported",
      ),
    );
  });

  it.each(['prefix', 'alibi'] as const)(
    'refuses %s attention, which GPT-2 does not have',
    (attention) => {
      const config = modelConfig({ vocabSize: 7, attention });
      expect(() => toGpt2Config(config, 0.1)).toThrow(
        new RangeError(
          `attention: expected causal, as in Hugging Face's GPT-2, got ${attention}; Hugging Face has no model with all settings of this one, so it cannot be exported`,
        ),
      );
    },
  );
});
