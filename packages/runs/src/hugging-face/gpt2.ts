import {
  checkSettings,
  type Model,
  modelConfig,
  type ModelConfig,
  type SettingTable,
} from '@ramble/core';
import { type JsonObject, shownValue } from '@ramble/core/files';
import { ARCHITECTURES } from '@ramble/core/model';

import { checkTied, type Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';
import { loadModel, type WeightOptions } from '../weights/load-model.js';
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
  /** Whether the attention scores of layer n, counted from 0, are also divided by n + 1. */
  readonly scale_attn_by_inverse_layer_idx: boolean;
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
  scale_attn_by_inverse_layer_idx: {
    ...{ kind: 'boolean', default: false },
    description: 'Whether the attention scores of a layer are divided by its number.',
  },
};

/** Required values of fields that otherwise select variants of GPT-2 that ramble does not support. */
const FIXED = { scale_attn_weights: true, add_cross_attention: false } as const;

/**
 * Reads the model's settings from a config.json of GPT-2.
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
 * Returns the config.json with which Hugging Face's GPT-2 computes the same as the model.
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
    scale_attn_by_inverse_layer_idx: false,
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

/** Parameter names in ramble and in Hugging Face's GPT-2. In a block, they follow `blocks.N.` and `h.N.`. */
const NAMES = Object.entries({
  ...{ 'tokenEmbedding.weight': 'wte.weight', 'positionEmbedding.weight': 'wpe.weight' },
  ...{ 'norm1.gain': 'ln_1.weight', 'norm1.bias': 'ln_1.bias' },
  ...{ 'norm2.gain': 'ln_2.weight', 'norm2.bias': 'ln_2.bias' },
  ...{ 'attention.qkv.weight': 'attn.c_attn.weight', 'attention.qkv.bias': 'attn.c_attn.bias' },
  ...{ 'attention.proj.weight': 'attn.c_proj.weight', 'attention.proj.bias': 'attn.c_proj.bias' },
  ...{ 'mlp.up.weight': 'mlp.c_fc.weight', 'mlp.up.bias': 'mlp.c_fc.bias' },
  ...{ 'mlp.down.weight': 'mlp.c_proj.weight', 'mlp.down.bias': 'mlp.c_proj.bias' },
  ...{ 'finalNorm.gain': 'ln_f.weight', 'finalNorm.bias': 'ln_f.bias' },
});

/**
 * Names of the output projection, unless it is the token embedding. Hugging Face's name does not begin with
 * `transformer.`.
 */
const HEAD = { ownName: 'head.weight', source: 'lm_head.weight' } as const;

/**
 * Converts ramble's name of a parameter to Hugging Face's: `blocks.0.attention.qkv.weight` becomes
 * `transformer.h.0.attn.c_attn.weight`. Shapes are the same: GPT-2 stores weights as `[in, out]` too.
 *
 * @throws RangeError if GPT-2 has no such parameter.
 */
export function toGpt2Name(name: string): string {
  if (name === HEAD.ownName) return HEAD.source;
  const { block, rest } = split(name, 'blocks');
  const pair = NAMES.find(([ownName]) => ownName === rest);
  if (!pair) throw new RangeError(`${name}: expected a parameter of GPT-2, got one that it lacks`);
  return `transformer.${block === undefined ? '' : `h.${block}.`}${pair[1]}`;
}

/**
 * Converts Hugging Face's name of a parameter to ramble's, with or without the prefix
 * `transformer.`.
 *
 * @returns `undefined` for a name that is not GPT-2's.
 */
export function fromGpt2Name(name: string): string | undefined {
  if (name === HEAD.source) return HEAD.ownName;
  const { block, rest } = split(name.replace(/^transformer\./, ''), 'h');
  const pair = NAMES.find(([, source]) => source === rest);
  return pair && `${block === undefined ? '' : `blocks.${block}.`}${pair[0]}`;
}

function split(name: string, prefix: string): { block?: string; rest: string } {
  const match = new RegExp(`^${prefix}\\.(\\d+)\\.(.*)$`).exec(name);
  return match ? { block: match[1], rest: match[2] } : { rest: name };
}

/**
 * Pattern of the names of the causal mask and its fill value, which some files contain in addition to the parameters.
 */
const BUFFER = /^(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)$/;
const EMBEDDING = 'tokenEmbedding.weight';

/**
 * Returns a view of a Hugging Face GPT-2 file in which tensors have ramble's names. Mask buffers are left out. If the
 * output projection is tied and the file contains two copies, one is left out; if it contains only the projection, that
 * is the token embedding. Tensors that GPT-2 does not have keep their names.
 *
 * @throws RangeError that names file and tensor, if a tensor has two names or a tied output projection differs from the
 *   token embedding.
 */
export async function renameGpt2(
  file: Safetensors,
  { tiedHead }: Pick<ModelConfig, 'tiedHead'>,
): Promise<Safetensors> {
  const tensors = new Map<string, TensorEntry>();
  for (const [source, entry] of file.tensors) {
    if ((source === HEAD.source && tiedHead) || BUFFER.test(source)) continue;
    const ownName = fromGpt2Name(source) ?? source;
    const other = tensors.get(ownName);
    if (other) throw new RangeError(`${file.name}: expected ${other.name} or ${source}, got both`);
    tensors.set(ownName, entry);
  }
  const head = tiedHead ? file.tensors.get(HEAD.source) : undefined;
  const embedding = tensors.get(EMBEDDING);
  if (head && !embedding) tensors.set(EMBEDDING, head);
  if (head && embedding) await checkTied(file, HEAD.source, embedding.name);
  const source = (ownName: string): string => tensors.get(ownName)?.name ?? ownName;
  return {
    ...file,
    tensors,
    read: (ownName) => file.read(source(ownName)),
    bytes: (ownName) => file.bytes(source(ownName)),
  };
}

/**
 * Loads a model from a Hugging Face GPT-2 file.
 *
 * @throws RangeError that names file and tensor, if the file does not match the settings.
 */
export async function loadGpt2(
  file: Safetensors,
  config: ModelConfig,
  options?: WeightOptions,
): Promise<Model> {
  return loadModel(await renameGpt2(file, config), config, options);
}
