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

/** Returns the range of a size in config.json: the range of ramble's setting. */
export const range = ({
  kind,
  min,
  max,
}: NumberSetting): Pick<NumberSetting, 'kind' | 'min' | 'max'> => ({
  ...{ kind, min, max },
});
const size = { kind: 'integer', min: 1 } as const;
const derived = { ...size, derived: 'none' } as const;
const positive = { kind: 'number', min: 0, exclusive: 'min' } as const;

/** Fields of a `config.json` that ramble reads. A default applies to families without their own default. */
export const HUB_CONFIG: SettingTable<HubConfig> = {
  vocab_size: { ...range(MODEL_SETTINGS.vocabSize), description: 'Number of different tokens.' },
  hidden_size: { ...range(MODEL_SETTINGS.nEmbd), description: 'Width of the residual stream.' },
  intermediate_size: {
    ...range(MODEL_SETTINGS.mlpDim),
    description: 'Width of the hidden layer of the MLP.',
  },
  num_hidden_layers: { ...range(MODEL_SETTINGS.nLayer), description: 'Number of blocks.' },
  num_attention_heads: {
    ...range(MODEL_SETTINGS.nHead),
    description: 'Number of query heads of each block.',
  },
  num_key_value_heads: {
    ...range(MODEL_SETTINGS.nKvHead),
    derived: 'none',
    description: 'Number of key and value heads of each block.',
  },
  head_dim: { ...range(MODEL_SETTINGS.headDim), derived: 'none', description: 'Width of a head.' },
  hidden_act: {
    kind: 'choice',
    choices: ['silu', 'gelu', 'gelu_pytorch_tanh', 'gelu_new'],
    default: 'silu',
    description: "The activation of the MLP's gate.",
  },
  max_position_embeddings: {
    ...range(MODEL_SETTINGS.contextLength),
    description: 'Context length in tokens.',
  },
  rms_norm_eps: {
    ...positive,
    default: 1e-6,
    description: 'Epsilon that is added to the mean square.',
  },
  tie_word_embeddings: {
    kind: 'boolean',
    default: false,
    description: 'Whether the output projection is the token embedding.',
  },
  attention_bias: { kind: 'boolean', default: false, description: 'Whether attention has biases.' },
  mlp_bias: { kind: 'boolean', default: false, description: 'Whether the MLP has biases.' },
  sliding_window: { ...derived, description: 'Window length in tokens.' },
  use_sliding_window: {
    kind: 'boolean',
    default: false,
    description: 'Whether windows are enabled.',
  },
  max_window_layers: {
    kind: 'integer',
    min: 0,
    default: 28,
    description: 'Number of first layers without a window.',
  },
  sliding_window_pattern: {
    ...size,
    default: 6,
    description: 'Number n for which every n-th layer has no window.',
  },
  no_rope_layer_interval: {
    ...size,
    default: 4,
    description: 'Number n for which every n-th layer has no rotary positions.',
  },
  query_pre_attn_scalar: {
    ...positive,
    derived: 'none',
    description: 'Number whose square root divides the scores.',
  },
  attn_logit_softcapping: {
    ...positive,
    derived: 'none',
    description: 'Softcap of attention scores.',
  },
  final_logit_softcapping: { ...positive, derived: 'none', description: 'Softcap of logits.' },
};
