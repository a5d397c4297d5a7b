import { checkSettings, modelConfig, type ModelConfig, type SettingTable } from '@ramble/core';
import { type JsonObject, shownValue } from '@ramble/core/files';

import { HUB_CONFIG, type HubConfig } from './llama/hub-config.js';
import type { Recipe } from './llama/llama-names.js';

/** Fields of Aria's config.json that describe the model. */
interface AriaConfig extends Pick<
  HubConfig,
  | 'vocab_size'
  | 'hidden_size'
  | 'intermediate_size'
  | 'num_hidden_layers'
  | 'num_attention_heads'
  | 'tie_word_embeddings'
> {
  readonly max_seq_len: number;
}

const CONFIG: SettingTable<AriaConfig> = {
  vocab_size: HUB_CONFIG.vocab_size,
  hidden_size: HUB_CONFIG.hidden_size,
  intermediate_size: HUB_CONFIG.intermediate_size,
  num_hidden_layers: HUB_CONFIG.num_hidden_layers,
  num_attention_heads: HUB_CONFIG.num_attention_heads,
  tie_word_embeddings: HUB_CONFIG.tie_word_embeddings,
  max_seq_len: HUB_CONFIG.max_position_embeddings,
};

/** Base of the rotary positions, a constant in the reference implementation. */
const THETA = 500_000;

/**
 * Reads the model's settings from a config.json of Aria, EleutherAI's model of piano music. It is built like Llama,
 * but with layer norms.
 *
 * @throws TypeError or RangeError that names the field.
 * @see https://github.com/EleutherAI/aria, `aria/model.py`
 */
export function fromAriaConfig(json: JsonObject): ModelConfig {
  const fields = Object.keys(CONFIG).map((field) => [field, json[field] ?? undefined]);
  const given = Object.fromEntries(fields) as Partial<AriaConfig>; // checked next
  const config = checkSettings(CONFIG, given);
  const { hidden_size: width, intermediate_size: mlpDim, num_attention_heads: nHead } = config;
  for (const [name, whole, part] of [
    ['hidden_size', width, nHead],
    ['intermediate_size', mlpDim, width],
  ] as const) {
    if (whole % part === 0) continue;
    throw new RangeError(`${name}: expected a multiple of ${part}, got ${whole}`);
  }
  if (config.tie_word_embeddings) {
    throw new RangeError(`tie_word_embeddings: expected false, got ${shownValue(true)}`);
  }
  return modelConfig({
    vocabSize: config.vocab_size,
    contextLength: config.max_seq_len,
    nLayer: config.num_hidden_layers,
    nHead,
    nEmbd: width,
    mlpDim,
    mlp: 'swiglu',
    norm: 'layer',
    normEps: 1e-5,
    bias: 'none',
    positions: 'rotary',
    ropeTheta: THETA,
    tiedHead: false,
  });
}

const IN_BLOCK: Readonly<Record<string, readonly string[]>> = {
  'attention.qkv.weight': ['mixed_qkv.weight'],
  'attention.proj.weight': ['att_proj_linear.weight'],
  'mlp.up.weight': ['ff_gate_proj.weight', 'ff_up_proj.weight'],
  'mlp.down.weight': ['ff_down_proj.weight'],
  'norm1.gain': ['norm1.weight'],
  'norm1.bias': ['norm1.bias'],
  'norm2.gain': ['norm2.weight'],
  'norm2.bias': ['norm2.bias'],
};
const OUTSIDE: Readonly<Record<string, string>> = {
  'tokenEmbedding.weight': 'model.tok_embeddings.weight',
  'finalNorm.gain': 'model.out_layer_norm.weight',
  'finalNorm.bias': 'model.out_layer_norm.bias',
  'head.weight': 'lm_head.weight',
};

/**
 * Returns the recipe that makes a parameter of ramble from Aria's tensors.
 *
 * @throws RangeError if Aria has no such parameter.
 */
export function ariaRecipe(name: string): Recipe {
  if (Object.hasOwn(OUTSIDE, name)) {
    return { sources: [OUTSIDE[name]], isTransposed: false, plus: 0 };
  }
  const [, block, part] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (!Object.hasOwn(IN_BLOCK, part)) {
    throw new RangeError(`${name}: expected a parameter of Aria, got another`);
  }
  const sources = IN_BLOCK[part].map((source) => `model.encode_layers.${block}.${source}`);
  return { sources, isTransposed: !part.startsWith('norm'), plus: 0 };
}
