import { MODEL_SETTINGS, type SettingTable } from '@ramble/core';
import type { NumberSetting } from '@ramble/core/app';

/**
 * Fields of a Llama family's config.json that describe the model, under Hugging Face's names. Its other
 * fields do not affect the computation.
 */
export interface HubConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads?: number;
  readonly head_dim?: number;
  /** The activation of the MLP's gate. */
  readonly hidden_act: 'silu' | 'gelu' | 'gelu_pytorch_tanh' | 'gelu_new';
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly tie_word_embeddings: boolean;
  readonly attention_bias: boolean;
  readonly mlp_bias: boolean;
  readonly sliding_window?: number;
  readonly use_sliding_window: boolean;
  readonly max_window_layers: number;
  readonly sliding_window_pattern: number;
  readonly no_rope_layer_interval: number;
  readonly query_pre_attn_scalar?: number;
  readonly attn_logit_softcapping?: number;
  readonly final_logit_softcapping?: number;
}

/** Returns the setting of a size in config.json, with the range of ramble's own setting. */
const sizeLike = ({ kind, min, max }: NumberSetting, description: string) =>
  ({ kind, min, max, description }) as const;
const size = { kind: 'integer', min: 1 } as const;
const positive = { kind: 'number', min: 0, exclusive: 'min' } as const;
const derived = 'none';
const off = (description: string) => ({ kind: 'boolean', default: false, description }) as const;

/** Fields of a `config.json` that ramble reads. A default applies to families without their own default. */
export const HUB_CONFIG: SettingTable<HubConfig> = {
  vocab_size: sizeLike(MODEL_SETTINGS.vocabSize, 'Number of different tokens.'),
  hidden_size: sizeLike(MODEL_SETTINGS.nEmbd, 'Width of the residual stream.'),
  intermediate_size: sizeLike(MODEL_SETTINGS.mlpDim, 'Width of the hidden layer of the MLP.'),
  num_hidden_layers: sizeLike(MODEL_SETTINGS.nLayer, 'Number of blocks.'),
  num_attention_heads: sizeLike(MODEL_SETTINGS.nHead, 'Number of query heads of each block.'),
  num_key_value_heads: {
    ...sizeLike(MODEL_SETTINGS.nKvHead, 'Number of key and value heads of each block.'),
    derived,
  },
  head_dim: { ...sizeLike(MODEL_SETTINGS.headDim, 'Width of a head.'), derived },
  hidden_act: {
    kind: 'choice',
    choices: ['silu', 'gelu', 'gelu_pytorch_tanh', 'gelu_new'],
    default: 'silu',
    description: "The activation of the MLP's gate.",
  },
  max_position_embeddings: sizeLike(MODEL_SETTINGS.contextLength, 'Context length in tokens.'),
  rms_norm_eps: {
    ...positive,
    default: 1e-6,
    description: 'Epsilon that is added to the mean square.',
  },
  tie_word_embeddings: off('Whether the output projection is the token embedding.'),
  attention_bias: off('Whether attention has biases.'),
  mlp_bias: off('Whether the MLP has biases.'),
  sliding_window: { ...size, derived, description: 'Window length in tokens.' },
  use_sliding_window: off('Whether windows are enabled.'),
  max_window_layers: {
    ...{ kind: 'integer', min: 0, default: 28 },
    description: 'Number of first layers without a window.',
  },
  sliding_window_pattern: {
    ...{ ...size, default: 6 },
    description: 'Number n for which every n-th layer has no window.',
  },
  no_rope_layer_interval: {
    ...{ ...size, default: 4 },
    description: 'Number n for which every n-th layer has no rotary positions.',
  },
  query_pre_attn_scalar: {
    ...{ ...positive, derived },
    description: 'Number whose square root divides the scores.',
  },
  attn_logit_softcapping: { ...positive, derived, description: 'Softcap of attention scores.' },
  final_logit_softcapping: { ...positive, derived, description: 'Softcap of logits.' },
};
