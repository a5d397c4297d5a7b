import { modelConfig } from '@ramble/core';

import { FAMILIES, type FamilyName } from './families.js';
import { fromLlamaConfig, toLlamaConfig } from './llama-config.js';

const small = {
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  max_position_embeddings: 64,
};

describe('fromLlamaConfig', () => {
  it('takes what a file leaves out from the class', () => {
    expect(fromLlamaConfig({}, 'mistral')).toMatchObject({
      vocabSize: 32_000,
      nKvHead: 8,
      headDim: 128,
      attention: 'window',
      window: 4096,
      normEps: 1e-6,
    });
    expect(fromLlamaConfig({ num_key_value_heads: null }, 'llama').nKvHead).toBe(32);
    expect(fromLlamaConfig({ sliding_window: null }, 'mistral').attention).toBe('causal');
  });

  it('finds the shortest pattern of windows and of positions', () => {
    const gemma3 = { ...small, num_hidden_layers: 18 };
    expect(fromLlamaConfig(gemma3, 'gemma3_text')).toMatchObject({
      attention: 'window,window,window,window,window,causal',
      ropeTheta: 1e6,
      ropeWindowTheta: 10_000,
    });
    expect(fromLlamaConfig({ ...small, num_hidden_layers: 8 }, 'smollm3').positions).toBe(
      'rotary,rotary,rotary,none',
    );
  });

  it.each([
    [
      { rope_scaling: { rope_type: 'spiral', factor: 2 } },
      'rope_type: expected default, linear, dynamic, llama3, yarn or longrope, got "spiral"',
    ],
    [
      { rope_scaling: { rope_type: 'linear' } },
      'rope_scaling.factor: expected a number for "linear", got none',
    ],
    [{ rope_scaling: 'linear' }, 'rope_scaling: expected an object, got "linear"'],
    [
      { num_hidden_layers: 2 ** 31 },
      'num_hidden_layers: expected an integer of at least 1 and at most 10000, got 2147483648',
    ],
    [
      { vocab_size: 2 ** 53 },
      'vocab_size: expected an integer of at least 1 and at most 16777216, got 9007199254740992',
    ],
    [{ rope_theta: -1 }, 'rope_theta: expected a number above 0, got -1'],
    [{ hidden_act: 'gelu' }, 'hidden_act: expected silu or gelu_pytorch_tanh, got "gelu"'],
    [{ mlp_bias: true }, 'mlp_bias: expected false without attention_bias, got true'],
    [{ hidden_size: 33, head_dim: null }, 'nHead: expected a divisor of nEmbd (33), got 4'],
    [{ num_key_value_heads: 3 }, 'nKvHead: expected a divisor of nHead (4), got 3'],
  ])('refuses %j', (changes, message) => {
    expect(() => fromLlamaConfig({ ...small, ...changes }, 'llama')).toThrow(message);
  });

  it('refuses lists that have not one entry a layer', () => {
    const json = { ...small, sliding_window: 4, layer_types: ['full_attention'] };
    expect(() => fromLlamaConfig(json, 'gemma2')).toThrow(
      'layer_types: expected a list of 6, one for each layer, got ["full_attention"]',
    );
  });
});

describe('toLlamaConfig', () => {
  it.each(Object.keys(FAMILIES) as FamilyName[])('writes %s so that it is read back', (name) => {
    const scaling = { rope_scaling: { rope_type: 'linear', factor: 2 } };
    const hub = { ...small, ...scaling, use_sliding_window: true, max_window_layers: 3 };
    const config = fromLlamaConfig(hub, name);
    const written = toLlamaConfig(config);
    expect(written && fromLlamaConfig(written.json, written.name)).toEqual(config);
  });

  it('writes null only for a field that the class has a value of its own for', () => {
    const llama = toLlamaConfig(fromLlamaConfig(small, 'llama'))?.json;
    expect(Object.keys(llama ?? {})).not.toContain('sliding_window');
    expect(Object.keys(llama ?? {})).not.toContain('hidden_activation');
    const mistral = { ...small, sliding_window: 8 };
    expect(toLlamaConfig(fromLlamaConfig(mistral, 'mistral'))?.json.sliding_window).toBe(8);
    const gemma = { ...small, query_pre_attn_scalar: 8, attn_logit_softcapping: null };
    const written = toLlamaConfig(fromLlamaConfig(gemma, 'gemma2'));
    expect(written).toMatchObject({ name: 'gemma2', json: { attn_logit_softcapping: null } });
  });

  it('knows which family a model is of', () => {
    const nameOf = (given: Parameters<typeof modelConfig>[0]): string | undefined =>
      toLlamaConfig(modelConfig({ vocabSize: 100, ...given }))?.name;
    const llama = { norm: 'rms', mlp: 'swiglu', bias: 'none', positions: 'rotary' } as const;
    expect(nameOf(llama)).toBe('llama');
    expect(nameOf({ ...llama, attention: 'window' })).toBe('mistral');
    expect(nameOf({ ...llama, queryKeyNorm: 'head' })).toBe('qwen3');
    expect(nameOf({ ...llama, queryKeyNorm: 'all', normPlace: 'after' })).toBe('olmo2');
    expect(nameOf({ ...llama, positions: 'rotary,none' })).toBe('smollm3');
    expect(nameOf({})).toBeUndefined();
    expect(nameOf({ ...llama, norm: 'layer' })).toBeUndefined();
  });
});
