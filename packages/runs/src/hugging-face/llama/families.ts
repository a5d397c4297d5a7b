import type { ModelConfig } from '@ramble/core';

import type { HubConfig } from './hub-config.js';
import type { RopeContext } from './hub-rope.js';

/** Fields of config.json that some of transformers' classes use and others ignore. */
export const OWN_FIELDS = [
  ...(['attention_bias', 'mlp_bias', 'sliding_window', 'use_sliding_window'] as const),
  ...(['max_window_layers', 'sliding_window_pattern', 'layer_types', 'no_rope_layers'] as const),
  ...(['no_rope_layer_interval', 'query_pre_attn_scalar', 'attn_logit_softcapping'] as const),
  ...(['final_logit_softcapping', 'rope_local_base_freq', 'hidden_activation'] as const),
] as const;
type OwnField = (typeof OWN_FIELDS)[number];

/** A family of models in transformers: the fields that its class uses, and its differences from Llama. */
export interface Family {
  /** The class of transformers. */
  readonly architecture: string;
  /** Fields of `OWN_FIELDS` that the class uses. It ignores the others. */
  readonly honours: readonly OwnField[];
  readonly rope: RopeContext['rope'];
  /** Whether the number of heads must divide the width of the model. */
  readonly hasDividedWidth?: true;
  /** Values of fields that a config.json lacks, in addition to the defaults of `HUB_CONFIG`, which they override. */
  readonly defaults: Partial<HubConfig>;
  /**
   * Defaults for the bases of the rotary positions and for the context length before scaling. A config.json overrides
   * them.
   */
  readonly theta: Pick<RopeContext, 'theta' | 'windowTheta' | 'original'>;
  /**
   * Returns ramble's model settings that the family fixes, or that its config.json expresses by fields of its own.
   */
  readonly words?: (config: HubConfig) => Partial<ModelConfig>;
  /**
   * Whether a layer has a window, unless a config.json has `layer_types`. Without this function, no layer has one.
   */
  readonly window?: (config: HubConfig, layer: number, rotates: boolean) => boolean;
  /**
   * Whether a layer rotates its queries and keys, unless a config.json has `no_rope_layers`. Without this function,
   * all layers do.
   */
  readonly rotates?: (config: HubConfig, layer: number) => boolean;
  /** Whether gains of norms are stored minus 1. */
  readonly gainsMinusOne?: true;
  /** Whether the file stores queries, keys and values as one matrix, and gate and up as another. */
  readonly isFused?: true;
  /** Whether the class needs a window length even if no layer has a window, because it always builds the mask. */
  readonly needsWindow?: true;
}

/** A `model_type` that ramble can read and write as a family of Llama. */
export type FamilyName =
  | 'llama'
  | 'mistral'
  | 'qwen2'
  | 'qwen3'
  | 'smollm3'
  | 'gemma'
  | 'gemma2'
  | 'gemma3_text'
  | 'phi3'
  | 'olmo2'
  | 'olmo3';

const LLAMA: Partial<HubConfig> = {
  vocab_size: 32_000,
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  max_position_embeddings: 2048,
};
const QWEN: Partial<HubConfig> = {
  ...LLAMA,
  vocab_size: 151_936,
  intermediate_size: 22_016,
  num_key_value_heads: 32,
  max_position_embeddings: 32_768,
  sliding_window: 4096,
};
const GEMMA: Partial<HubConfig> = {
  vocab_size: 256_000,
  hidden_size: 3072,
  intermediate_size: 24_576,
  num_hidden_layers: 28,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  head_dim: 256,
  hidden_act: 'gelu_pytorch_tanh',
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
};
const GEMMA2: Partial<HubConfig> = {
  ...GEMMA,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  sliding_window: 4096,
  query_pre_attn_scalar: 256,
};

type Words = NonNullable<Family['words']>;
const scaled: Words = ({ hidden_size: C }) => ({ embeddingScale: Math.sqrt(C) });
const around: Words = (config) => ({
  ...scaled(config),
  normPlace: 'around',
  scoreScale: (config.query_pre_attn_scalar ?? 256) ** -0.5,
});
/** Whether a layer is not among the first `max_window_layers` layers. */
const lastLayers = ({ max_window_layers: first }: HubConfig, layer: number): boolean =>
  layer >= first;

/** Fields of `OWN_FIELDS` that are used by families in which only some layers have a window. */
const WINDOWS_BY_LAYER = ['sliding_window', 'layer_types'] as const;
/** The fields of `WINDOWS_BY_LAYER`, and a switch for windows, for families whose config has the switch. */
const SWITCHED_WINDOWS = [...WINDOWS_BY_LAYER, 'use_sliding_window'] as const;

const PLAIN_ROPE = { rope: 'all layers', theta: { theta: 10_000 } } as const;

/**
 * All families by `model_type`.
 *
 * @see transformers 5.24.0, the configuration_*.py and modeling_*.py of each
 */
export const FAMILIES: Readonly<Record<FamilyName, Family>> = {
  llama: {
    architecture: 'LlamaForCausalLM',
    honours: ['attention_bias', 'mlp_bias'],
    ...PLAIN_ROPE,
    hasDividedWidth: true,
    defaults: LLAMA,
  },
  mistral: {
    architecture: 'MistralForCausalLM',
    honours: ['sliding_window'],
    ...PLAIN_ROPE,
    defaults: {
      ...LLAMA,
      intermediate_size: 14_336,
      num_key_value_heads: 8,
      max_position_embeddings: 131_072,
      sliding_window: 4096,
    },
    window: () => true,
  },
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    honours: [...SWITCHED_WINDOWS, 'max_window_layers'],
    ...PLAIN_ROPE,
    defaults: QWEN,
    words: () => ({ bias: 'qkv' }),
    window: lastLayers,
  },
  qwen3: {
    architecture: 'Qwen3ForCausalLM',
    honours: ['attention_bias', ...SWITCHED_WINDOWS, 'max_window_layers'],
    ...PLAIN_ROPE,
    defaults: { ...QWEN, head_dim: 128 },
    words: () => ({ queryKeyNorm: 'head' }),
    window: lastLayers,
  },
  smollm3: {
    architecture: 'SmolLM3ForCausalLM',
    honours: [
      ...(['attention_bias', 'mlp_bias', 'no_rope_layers', 'no_rope_layer_interval'] as const),
      ...SWITCHED_WINDOWS,
    ],
    rope: 'all layers',
    defaults: {
      ...LLAMA,
      vocab_size: 128_256,
      hidden_size: 2048,
      num_hidden_layers: 36,
      num_attention_heads: 16,
      num_key_value_heads: 4,
      max_position_embeddings: 32_768,
      tie_word_embeddings: true,
    },
    theta: { theta: 2_000_000 },
    window: (_, __, rotates) => !rotates,
    rotates: ({ no_rope_layer_interval: interval }, layer) => (layer + 1) % interval !== 0,
  },
  gemma: {
    architecture: 'GemmaForCausalLM',
    honours: ['attention_bias'],
    ...PLAIN_ROPE,
    defaults: GEMMA,
    words: scaled,
    gainsMinusOne: true,
  },
  gemma2: {
    architecture: 'Gemma2ForCausalLM',
    honours: [
      ...(['attention_bias', 'hidden_activation', 'query_pre_attn_scalar'] as const),
      ...(['attn_logit_softcapping', 'final_logit_softcapping'] as const),
      ...WINDOWS_BY_LAYER,
    ],
    ...PLAIN_ROPE,
    hasDividedWidth: true,
    defaults: { ...GEMMA2, attn_logit_softcapping: 50, final_logit_softcapping: 30 },
    words: (config) => ({ ...around(config), scoreCap: config.attn_logit_softcapping }),
    window: (_, layer) => layer % 2 === 0,
    gainsMinusOne: true,
    needsWindow: true,
  },
  gemma3_text: {
    architecture: 'Gemma3ForCausalLM',
    // The class reads a cap of scores but does not apply it.
    honours: [
      ...(['attention_bias', 'hidden_activation', 'query_pre_attn_scalar'] as const),
      ...(['final_logit_softcapping', 'sliding_window_pattern', 'rope_local_base_freq'] as const),
      ...WINDOWS_BY_LAYER,
    ],
    rope: 'by type',
    hasDividedWidth: true,
    defaults: { ...GEMMA2, vocab_size: 262_208, max_position_embeddings: 131_072 },
    theta: { theta: 1_000_000, windowTheta: 10_000 },
    words: (config) => ({ ...around(config), queryKeyNorm: 'head' }),
    window: ({ sliding_window_pattern: pattern }, layer) => (layer + 1) % pattern !== 0,
    gainsMinusOne: true,
    needsWindow: true,
  },
  phi3: {
    architecture: 'Phi3ForCausalLM',
    honours: ['sliding_window'],
    rope: 'longrope',
    defaults: {
      ...LLAMA,
      vocab_size: 32_064,
      hidden_size: 3072,
      intermediate_size: 8192,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
    },
    theta: { theta: 10_000, original: 4096 },
    window: () => true,
    isFused: true,
  },
  olmo2: {
    architecture: 'Olmo2ForCausalLM',
    honours: ['attention_bias'],
    ...PLAIN_ROPE,
    defaults: { ...LLAMA, vocab_size: 50_304, rms_norm_eps: 1e-5 },
    words: () => ({ normPlace: 'after', queryKeyNorm: 'all' }),
  },
  olmo3: {
    architecture: 'Olmo3ForCausalLM',
    honours: ['attention_bias', ...WINDOWS_BY_LAYER],
    rope: 'by type',
    defaults: { ...LLAMA, vocab_size: 50_304, rms_norm_eps: 1e-5, sliding_window: 4096 },
    // `rope_theta` applies only to the layers without a window.
    theta: { theta: 500_000, windowTheta: 500_000 },
    words: () => ({ normPlace: 'after', queryKeyNorm: 'all' }),
    window: (_, layer) => (layer + 1) % 4 !== 0,
    needsWindow: true,
  },
};
