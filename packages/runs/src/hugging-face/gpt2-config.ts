import { checkSettings, modelConfig, type ModelConfig, type SettingTable } from '@ramble/core';
import { ARCHITECTURES } from '@ramble/core/model';
import { type JsonObject, shownValue } from '@ramble/core/files';

import { HUB_CONFIG } from './llama/hub-config.js';

/**
 * Fields of Hugging Face's GPT-2 config.json that describe the model; its other fields do not affect the
 * computation.
 */
interface Gpt2Config {
  readonly model_type: 'gpt2';
  readonly vocab_size: number;
  readonly n_positions: number;
  readonly n_layer: number;
  readonly n_head: number;
  readonly n_embd: number;
  /** Width of the MLP's hidden layer. */
  readonly n_inner: number;
  readonly layer_norm_epsilon: number;
  /** Both names mean GELU in its tanh approximation. */
  readonly activation_function: 'gelu_new' | 'gelu_pytorch_tanh';
  /** Whether the output projection is the token embedding. */
  readonly tie_word_embeddings: boolean;
}

const CONFIG: SettingTable<Gpt2Config> = {
  model_type: {
    ...{ kind: 'choice', choices: ['gpt2'], default: 'gpt2' },
    description: 'The architecture.',
  },
  vocab_size: HUB_CONFIG.vocab_size,
  n_positions: HUB_CONFIG.max_position_embeddings,
  n_layer: HUB_CONFIG.num_hidden_layers,
  n_head: HUB_CONFIG.num_attention_heads,
  n_embd: HUB_CONFIG.hidden_size,
  n_inner: { ...HUB_CONFIG.intermediate_size, derived: '4 x n_embd' },
  layer_norm_epsilon: { ...HUB_CONFIG.rms_norm_eps, default: 1e-5 },
  activation_function: {
    ...{ kind: 'choice', choices: ['gelu_new', 'gelu_pytorch_tanh'], default: 'gelu_new' },
    description: 'Activation between the layers of the MLP.',
  },
  tie_word_embeddings: { ...HUB_CONFIG.tie_word_embeddings, default: true },
};

/** Required values of fields that otherwise select variants of GPT-2 that ramble does not support. */
const FIXED = {
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
} as const;

/**
 * Reads the model's settings from a config.json.
 *
 * @throws TypeError or RangeError that names the field, if it is missing or differs from GPT-2 as published.
 */
export function fromGpt2Config(json: JsonObject): ModelConfig {
  for (const [name, expected] of Object.entries(FIXED)) {
    const got = json[name] ?? expected;
    if (got !== expected) {
      throw new RangeError(`${name}: expected ${expected}, got ${shownValue(got)}`);
    }
  }
  const known = Object.keys(CONFIG).map((name) => [name, json[name]]);
  const given = Object.fromEntries(known) as Partial<Gpt2Config>; // checked next
  const config = checkSettings(CONFIG, {
    ...given,
    n_positions: given.n_positions ?? json.n_ctx, // its name in early files
  });
  if (config.n_embd % config.n_head !== 0) {
    throw new RangeError(
      `n_head: expected a divisor of n_embd (${config.n_embd}), got ${config.n_head}`,
    );
  }
  return modelConfig({
    vocabSize: config.vocab_size,
    contextLength: config.n_positions,
    nLayer: config.n_layer,
    nHead: config.n_head,
    nEmbd: config.n_embd,
    mlpDim: given.n_inner ?? undefined, // null means 4 x n_embd
    normEps: config.layer_norm_epsilon,
    tiedHead: config.tie_word_embeddings,
  });
}

/**
 * Returns the config.json with which Hugging Face computes the same.
 *
 * @param dropout - Dropout probability of the training.
 * @throws RangeError if GPT-2 cannot represent the model.
 */
export function toGpt2Config(config: ModelConfig, dropout: number): JsonObject {
  const { vocabSize, contextLength, nLayer, nHead, nEmbd, mlpDim, normEps, tiedHead } = config;
  const sizes = { vocabSize, contextLength, nLayer, nHead, nEmbd, mlpDim };
  const gpt2 = modelConfig({ ...sizes, normEps, tiedHead });
  for (const [name, expected] of Object.entries({ ...ARCHITECTURES.gpt2, ...gpt2 })) {
    const got = config[name as keyof ModelConfig]; // one of its keys
    if (got === expected) continue;
    throw new RangeError(
      `${name}: expected ${shownWord(expected)}, as in Hugging Face's GPT-2, got ${shownWord(got)}; ${CANNOT_EXPORT}`,
    );
  }
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: vocabSize,
    n_positions: contextLength,
    n_ctx: contextLength,
    n_layer: nLayer,
    n_head: nHead,
    n_embd: nEmbd,
    n_inner: mlpDim === 4 * nEmbd ? null : mlpDim,
    layer_norm_epsilon: normEps,
    activation_function: 'gelu_new',
    attn_pdrop: dropout,
    embd_pdrop: dropout,
    resid_pdrop: dropout,
    tie_word_embeddings: tiedHead,
    ...FIXED,
  };
}

/** Common end of error messages for models that cannot be exported. */
export const CANNOT_EXPORT =
  'Hugging Face has no model with all settings of this one, so it cannot be exported';

/** Returns a setting's value for error messages. */
export function shownWord(value: unknown): string {
  if (value === undefined) return 'none';
  return typeof value === 'string' ? value : shownValue(value);
}
