import { modelConfig } from '@ramble/core';

import { FAMILIES, type FamilyName } from './families.js';
import { fromLlamaConfig } from './llama-config.js';
import { toLlamaConfig } from './to-llama-config.js';

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
  it('takes missing fields from the class', () => {
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
    const windows = { use_sliding_window: true, max_window_layers: 3, sliding_window: 5 };
    const hub = { ...small, ...(name === 'phi3' ? {} : scaling), ...windows };
    const config = fromLlamaConfig(hub, name);
    const written = toLlamaConfig(config);
    expect(fromLlamaConfig(written.json, written.name)).toEqual(config);
  });

  it('writes null for a window or a cap that the class would have by itself', () => {
    const mistral = { ...small, hidden_size: 30, sliding_window: null };
    const written = toLlamaConfig(fromLlamaConfig(mistral, 'mistral'));
    expect(written).toMatchObject({ name: 'mistral', json: { sliding_window: null } });
    const gemma = { ...small, query_pre_attn_scalar: 8, attn_logit_softcapping: null };
    expect(toLlamaConfig(fromLlamaConfig(gemma, 'gemma2'))).toMatchObject({
      name: 'gemma2',
      json: { attn_logit_softcapping: null },
    });
  });

  it('writes integers for fields that transformers requires as integers, and no padding id', () => {
    const gemma = { ...small, query_pre_attn_scalar: 100 };
    const { json } = toLlamaConfig(fromLlamaConfig(gemma, 'gemma2'));
    expect(json).toMatchObject({ query_pre_attn_scalar: 100, pad_token_id: null });
  });

  it('writes no field that the class ignores', () => {
    const { json } = toLlamaConfig(fromLlamaConfig(small, 'llama'));
    for (const field of ['sliding_window', 'layer_types', 'hidden_activation', 'no_rope_layers']) {
      expect(Object.keys(json)).not.toContain(field);
    }
  });

  const llama = {
    norm: 'rms',
    mlp: 'swiglu',
    bias: 'none',
    positions: 'rotary',
    vocabSize: 100,
    nLayer: 8,
  } as const;
  const after = { normPlace: 'after', queryKeyNorm: 'all' } as const;
  const gemma = { mlp: 'geglu', embeddingScale: Math.sqrt(128) } as const;
  const gemma2 = { ...gemma, normPlace: 'around', scoreCap: 50, logitCap: 30 } as const;
  const longrope = {
    kind: 'longrope',
    shortFactors: [1, 1, 1, 2, 2, 2, 3, 3],
    longFactors: [2, 2, 3, 3, 4, 4, 5, 5],
    original: 8,
    attentionFactor: 1.1,
  } as const;
  const yarn = {
    kind: 'yarn',
    factor: 8,
    original: 8,
    betaFast: 32,
    betaSlow: 1,
    attentionFactor: 1.2,
    isRounded: true,
  } as const;

  it.each<[Parameters<typeof modelConfig>[0], FamilyName]>([
    [{}, 'llama'],
    [{ bias: 'all' }, 'llama'],
    [{ bias: 'qkv' }, 'qwen2'],
    [{ nEmbd: 126, headDim: 32 }, 'mistral'], // heads that do not divide the width
    [{ attention: 'window' }, 'mistral'],
    [{ attention: 'window', bias: 'attention' }, 'smollm3'],
    [{ attention: 'window,causal' }, 'smollm3'],
    [{ attention: 'window', bias: 'qkv' }, 'qwen2'],
    [{ queryKeyNorm: 'head' }, 'qwen3'],
    [{ queryKeyNorm: 'head', attention: 'window' }, 'qwen3'],
    [{ positions: 'rotary,none' }, 'smollm3'],
    [{ positions: 'none' }, 'smollm3'],
    [{ ropeShare: 0.5 }, 'phi3'],
    [{ ropeShare: 0.5, attention: 'window' }, 'phi3'],
    [{ ropeShare: 0.5, ropeScaling: longrope }, 'phi3'],
    [after, 'olmo2'],
    [{ ...after, attention: 'window,causal' }, 'olmo3'],
    [{ ...after, attention: 'window,causal', ropeScaling: yarn }, 'olmo3'],
    [{ ...after, attention: 'window,causal', ropeScaling: yarn, ropeWindowTheta: 50 }, 'olmo3'],
    [gemma, 'gemma'],
    [gemma2, 'gemma2'],
    [{ ...gemma, normPlace: 'around' }, 'gemma2'],
    [
      { ...gemma, normPlace: 'around', queryKeyNorm: 'head', attention: 'window,causal' },
      'gemma3_text',
    ],
  ])('chooses for %j the family %s', (settings, name) => {
    expect(toLlamaConfig(modelConfig({ ...llama, ...settings })).name).toBe(name);
  });

  it.each<[Parameters<typeof modelConfig>[0], string]>([
    [{ logitCap: 30 }, "logitCap: expected none, as in Hugging Face's llama, got 30"],
    [{ ...gemma2, scoreScale: 2 }, "scoreScale: expected 1, as in Hugging Face's gemma2, got 2"],
    [
      { positions: 'none', nHead: 1, nEmbd: 5 },
      "headDim: expected an even number, as in Hugging Face's smollm3, got 5",
    ],
    [
      { positions: 'input', nHead: 1, nEmbd: 5 },
      'headDim: expected an even number of columns that rotary positions turn in pairs, got 5',
    ],
    [{ embeddingScale: 3 }, "embeddingScale: expected 1, as in Hugging Face's llama, got 3"],
    [{ mlp: 'gelu' }, "mlp: expected geglu, as in Hugging Face's llama, got gelu"],
    [
      { attention: 'window,causal', ropeWindowTheta: 50 },
      "ropeWindowTheta: expected none, as in Hugging Face's smollm3, got 50",
    ],
    [
      { ropeShare: 0.5, bias: 'all' },
      "ropeShare: expected none, as in Hugging Face's llama, got 0.5",
    ],
    [
      { ...gemma2, nEmbd: 126, headDim: 32, embeddingScale: Math.sqrt(126) },
      "nHead: expected a divisor of nEmbd (126), as in Hugging Face's gemma2, got 4",
    ],
    [
      { ...gemma, normPlace: 'around', scoreScale: 0.3 },
      "scoreScale: expected 0.30151134457776363, as in Hugging Face's gemma2, got 0.3",
    ],
    [
      { ...after, normPlace: 'before' },
      "queryKeyNorm: expected none, as in Hugging Face's llama, got all",
    ],
  ])('refuses %j by the name of the setting', (settings, message) => {
    expect(() => toLlamaConfig(modelConfig({ ...llama, ...settings }))).toThrow(message);
  });

  it('writes the factors of longrope that the model computes with at every length', () => {
    const factorsOf = (contextLength: number): unknown =>
      toLlamaConfig(modelConfig({ ...llama, ropeShare: 0.5, ropeScaling: longrope, contextLength }))
        .json.rope_scaling;
    expect(factorsOf(8)).toMatchObject({ short_factor: longrope.shortFactors });
    expect(factorsOf(16)).toMatchObject({
      short_factor: longrope.longFactors,
      long_factor: longrope.longFactors,
    });
  });
});

describe('a field of a config that a class ignores', () => {
  it.each<[FamilyName, Record<string, unknown>]>([
    ['llama', { sliding_window: 4, layer_types: small.num_hidden_layers }],
    ['llama', { partial_rotary_factor: 0.5, final_logit_softcapping: 30 }],
    ['mistral', { attention_bias: true, mlp_bias: true, rope_local_base_freq: 5 }],
    ['qwen3', { mlp_bias: true, sliding_window: 4, layer_types: 'any' }], // switched off
    ['smollm3', { max_window_layers: 0 }],
    ['gemma2', { hidden_act: 'silu' }],
    ['gemma3_text', { attn_logit_softcapping: 50 }],
    ['olmo3', { rope_local_base_freq: 5 }],
  ])('changes no setting of %s: %j', (name, fields) => {
    expect(fromLlamaConfig({ ...small, ...fields }, name)).toEqual(fromLlamaConfig(small, name));
  });

  it('scales the layers of OLMo 3 by their type', () => {
    const scaling = { rope_type: 'yarn', factor: 8, original_max_position_embeddings: 8 };
    const hub = { ...small, rope_theta: 7e5, rope_scaling: scaling };
    expect(fromLlamaConfig(hub, 'olmo3')).toMatchObject({
      ropeTheta: 7e5,
      ropeWindowTheta: 500_000, // its class takes rope_theta for the other layers alone
      ropeScaling: { kind: 'yarn', factor: 8 },
    });
    const both = { ...scaling, rope_theta: 7e5 };
    const rope_parameters = { full_attention: both, sliding_attention: both };
    expect(fromLlamaConfig({ ...small, rope_parameters }, 'olmo3').ropeWindowTheta).toBeUndefined();
    const other = { full_attention: {}, sliding_attention: both };
    expect(() => fromLlamaConfig({ ...small, rope_parameters: other }, 'olmo3')).toThrow(
      'rope_parameters.sliding_attention: expected no scaling, or that of full_attention, got yarn',
    );
  });

  it('gives SmolLM3 windows in the layers that do not rotate', () => {
    const hub = { ...small, num_hidden_layers: 8, sliding_window: 4, use_sliding_window: true };
    expect(fromLlamaConfig(hub, 'smollm3')).toMatchObject({
      attention: 'causal,causal,causal,window',
      positions: 'rotary,rotary,rotary,none',
    });
  });
});
