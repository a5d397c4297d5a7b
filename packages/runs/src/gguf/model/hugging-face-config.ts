import type { JsonObject } from '@ramble/core/files';

import {
  type Metadata,
  type MetadataReader,
  metadataReader,
  shortest,
} from '../format/metadata.js';
import { type Architecture, type ArchitectureName, ARCHITECTURES } from './architectures.js';
import { readRopeScaling, type RopeTensors } from './rope-scaling.js';

/** Fields of config.json for the model's sizes, each with its key in GGUF without the architecture's name. */
export const SIZES = [
  ['max_position_embeddings', 'context_length'],
  ['hidden_size', 'embedding_length'],
  ['num_hidden_layers', 'block_count'],
  ['intermediate_size', 'feed_forward_length'],
  ['num_attention_heads', 'attention.head_count'],
] as const;

/** GPT-2's names in config.json for the fields of `SIZES`, in the order of `SIZES`. */
export const GPT2_SIZES = ['n_positions', 'n_embd', 'n_layer', 'n_inner', 'n_head'] as const;

/** Parts of a GGUF file from which a config.json is made. */
export interface ModelTensors {
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
}

/**
 * Returns the config.json with which transformers computes the same as llama.cpp does from the file.
 *
 * @throws RangeError or TypeError that names the key, if it is missing or has another type.
 */
export function huggingFaceConfig(
  file: ModelTensors,
  name: ArchitectureName,
  rope: RopeTensors,
): JsonObject {
  const metadata = metadataReader(file.metadata);
  const { modelType, className } = ARCHITECTURES[name];
  const common = {
    architectures: [className],
    model_type: modelType,
    vocab_size: lengthOf(file, 'token_embd.weight', 0),
    tie_word_embeddings: !file.tensors.has('output.weight'),
    bos_token_id: metadata.integer('tokenizer.ggml.bos_token_id') ?? null,
    eos_token_id: metadata.integer('tokenizer.ggml.eos_token_id') ?? null,
  };
  const sizes = SIZES.map(([, key]) => required(metadata, `${name}.${key}`, 'integer'));
  if (sizes[2] > file.tensors.size) {
    // Limits the length of lists by layer, which an untrusted file could make very long.
    throw new RangeError(
      `${name}.block_count: expected at most ${file.tensors.size}, the number of tensors, got ${sizes[2]}`,
    );
  }
  if (name === 'gpt2') {
    const eps = shortest(required(metadata, `${name}.attention.layer_norm_epsilon`, 'number'));
    const named = Object.fromEntries(GPT2_SIZES.map((field, i) => [field, sizes[i]]));
    return { ...common, ...named, layer_norm_epsilon: eps };
  }
  const named = Object.fromEntries(SIZES.map(([field], i) => [field, sizes[i]]));
  const [, width, layers, , heads] = sizes;
  const headDim = metadata.integer(`${name}.attention.key_length`) ?? width / heads;
  if (headDim % 2 !== 0) {
    throw new RangeError(`${name}.attention.key_length: expected an even number, got ${headDim}`);
  }
  const dimensions = rotatedColumns(metadata, name, headDim);
  const { windows }: Architecture = ARCHITECTURES[name];
  const theta = metadata.number(`${name}.rope.freq_base`) ?? (name === 'gemma3' ? 1e6 : 1e4);
  const epsilon = `${name}.attention.layer_norm_rms_epsilon`;
  const config: JsonObject = {
    ...common,
    ...named,
    num_key_value_heads: metadata.integer(`${name}.attention.head_count_kv`) ?? heads,
    head_dim: headDim,
    rms_norm_eps: shortest(required(metadata, epsilon, 'number')),
    rope_theta: shortest(theta),
    rope_scaling: readRopeScaling(metadata, `${name}.`, {
      ...{ theta, dimensions, context: sizes[0] },
      ...rope,
    }),
    ...OWN[name]({ layers, headDim, width, heads, dimensions }, (key) => {
      const value = metadata.number(`${name}.${key}`);
      return value === undefined ? undefined : shortest(value);
    }),
    ...(windows && windowFields(metadata, name, layers)),
    ...(name === 'llama' && {
      attention_bias: file.tensors.has('blk.0.attn_output.bias'),
      mlp_bias: file.tensors.has('blk.0.ffn_up.bias'),
    }),
  };
  return config.model_type === 'olmo3' ? { ...config, ...olmo3Rope(config) } : config;
}

function required(metadata: MetadataReader, key: string, kind: 'integer' | 'number'): number {
  const value = metadata[kind](key);
  if (value !== undefined) return value;
  throw new RangeError(`${key}: expected a number, got none`);
}

/** Returns the number of columns of a head that rotate. */
function rotatedColumns(metadata: MetadataReader, name: ArchitectureName, headDim: number): number {
  const dimensions = metadata.integer(`${name}.rope.dimension_count`) ?? headDim;
  const { hasShare = false }: Architecture = ARCHITECTURES[name];
  if (dimensions === headDim || hasShare) return dimensions;
  throw new RangeError(
    `${name}.rope.dimension_count: expected ${headDim}, the width of a head, got ${dimensions}`,
  );
}

/** Returns the fields for the rotary positions of OLMo 3, which differ by type of layer. */
function olmo3Rope(config: JsonObject): JsonObject {
  // In the class of OLMo 3, `rope_theta` does not apply to the layers with a window, which are not scaled.
  const base = { rope_type: 'default', rope_theta: config.rope_theta };
  const full = { ...base, ...(config.rope_scaling ?? {}) };
  return { rope_parameters: { full_attention: full, sliding_attention: base } };
}

/** Sizes of the model that the fields of config.json are computed from. */
interface Sizes {
  readonly layers: number;
  readonly headDim: number;
  readonly width: number;
  readonly heads: number;
  /** Number of columns of a head that rotate. */
  readonly dimensions: number;
}

type OwnFields = (sizes: Sizes, number: (key: string) => number | undefined) => JsonObject;

/** Fields of config.json that only one architecture has. A field without a key in GGUF gets llama.cpp's constant. */
const OWN: Readonly<Record<Exclude<ArchitectureName, 'gpt2'>, OwnFields>> = {
  llama: () => ({ hidden_act: 'silu' }),
  qwen2: () => ({ hidden_act: 'silu', use_sliding_window: false }),
  qwen3: () => ({ hidden_act: 'silu', use_sliding_window: false, attention_bias: false }),
  gemma: () => ({ hidden_act: 'gelu_pytorch_tanh', attention_bias: false }),
  gemma2: (sizes, number) => ({
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    query_pre_attn_scalar: gemmaScale(sizes, 46),
    attn_logit_softcapping: number('attn_logit_softcapping') ?? 50,
    final_logit_softcapping: number('final_logit_softcapping') ?? 30,
  }),
  gemma3: (sizes, number) => ({
    hidden_activation: 'gelu_pytorch_tanh',
    attention_bias: false,
    query_pre_attn_scalar: gemmaScale(sizes, 62),
    attn_logit_softcapping: null,
    final_logit_softcapping: number('final_logit_softcapping') ?? null,
    rope_local_base_freq: number('rope.freq_base_swa') ?? 1e4,
  }),
  smollm3: ({ layers }) => ({
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    no_rope_layers: Array.from({ length: layers }, (_, layer) => ((layer + 1) % 4 === 0 ? 0 : 1)),
    use_sliding_window: false,
  }),
  phi3: ({ dimensions, headDim }, number) => ({
    hidden_act: 'silu',
    partial_rotary_factor: dimensions / headDim,
    original_max_position_embeddings: number('rope.scaling.original_context_length'),
    // 0 means no window. llama.cpp computes none for this architecture, although the published models have
    // one.
    sliding_window: number('attention.sliding_window') || null,
    pad_token_id: null,
  }),
  olmo2: () => ({ hidden_act: 'silu', attention_bias: false }),
};

/**
 * Returns the fields for layers with a sliding window. With windows, `olmo2` becomes `olmo3`, because llama.cpp stores
 * OLMo 3 as OLMo 2 with windows.
 */
function windowFields(
  metadata: MetadataReader,
  name: ArchitectureName,
  layers: number,
): JsonObject {
  const key = (field: string): string => `${name}.attention.${field}`;
  const usual = name === 'gemma2' ? 4096 : 0;
  const length = metadata.integer(key('sliding_window')) ?? usual;
  if (length === 0) {
    return name === 'olmo2'
      ? {}
      : { sliding_window: 4096, layer_types: typesOf(layers, () => false) };
  }
  const { windows }: Architecture = ARCHITECTURES[name];
  const pattern = metadata.pattern(key('sliding_window_pattern')) ?? windows?.pattern ?? 1;
  const types = typesOf(layers, (layer) =>
    typeof pattern === 'number'
      ? pattern === 0 || layer % pattern < pattern - 1
      : Boolean(pattern.at(layer)),
  );
  return {
    ...(name === 'olmo2' && { model_type: 'olmo3', architectures: ['Olmo3ForCausalLM'] }),
    sliding_window: length,
    layer_types: types,
  };
}

/**
 * Returns `query_pre_attn_scalar`, whose square root divides scores: the width of a head, or, in the model with
 * `largest` layers, the width of the model divided by its number of heads.
 */
function gemmaScale({ layers, headDim, width, heads }: Sizes, largest: number): number {
  return layers === largest ? width / heads : headDim;
}

function typesOf(layers: number, hasWindow: (layer: number) => boolean): string[] {
  return Array.from({ length: layers }, (_, layer) =>
    hasWindow(layer) ? 'sliding_attention' : 'full_attention',
  );
}

function lengthOf({ tensors }: ModelTensors, name: string, axis: number): number {
  const length = tensors.get(name)?.shape.at(axis);
  if (length !== undefined) return length;
  throw new RangeError(`expected a tensor ${name}, got none`);
}
