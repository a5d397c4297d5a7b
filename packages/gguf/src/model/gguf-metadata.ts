import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

import type { MetadataValue, TypedValue } from '../format/metadata.js';
import { ARCHITECTURES, type ArchitectureName, isArchitecture } from './architectures.js';
import { GPT2_SIZES, huggingFaceConfig, type ModelTensors, SIZES } from './hugging-face-config.js';
import { writeRopeScaling } from './rope-scaling.js';

type Entries = (readonly [key: string, value: TypedValue])[];

/** What a GGUF file says of a model. */
export interface ModelMetadata {
  readonly metadata: readonly (readonly [key: string, value: TypedValue])[];
  /** The divisors of the frequencies, where a tensor tells them. */
  readonly frequencyFactors?: Float32Array;
}

/**
 * The architecture of llama.cpp that computes a model of Hugging Face.
 *
 * @throws RangeError that names the `model_type`, when there is none.
 */
export function architectureOf({ model_type: type }: JsonObject): ArchitectureName {
  // Mistral is Llama, but for windows, which `ggufMetadata` refuses.
  const wanted = type === 'mistral' ? 'llama' : type;
  const found = Object.entries(ARCHITECTURES).find(([, { modelType }]) => modelType === wanted);
  if (found && isArchitecture(found[0])) return found[0];
  const known = Object.values(ARCHITECTURES).map(({ modelType }) => modelType);
  throw new RangeError(
    `model_type: expected one of ${known.join(', ')}, which llama.cpp runs, got ${shownValue(type)}`,
  );
}

/**
 * The metadata of a model from its config.json.
 *
 * @param tensors - The tensors of the file by llama.cpp's names.
 * @throws RangeError that names the field, when llama.cpp would compute something else than the config
 *   says, for want of a key.
 */
export function ggufMetadata(
  config: JsonObject,
  name: ArchitectureName,
  tensors: ModelTensors['tensors'],
): ModelMetadata {
  const metadata: Entries = [['general.architecture', { type: 'string', value: name }]];
  const add = (key: string, type: 'uint32' | 'float32', field: string): void => {
    const value = config[field] ?? undefined;
    if (value === undefined) return;
    metadata.push([`${name}.${key}`, { type, value: Number(value) }]);
  };
  const fields = name === 'gpt2' ? GPT2_SIZES : SIZES.map(([field]) => field);
  for (const [i, [, key]] of SIZES.entries()) add(key, 'uint32', fields[i]);
  if (name === 'gpt2') {
    if ((config.n_inner ?? undefined) === undefined) {
      const value = 4 * Number(config.n_embd);
      metadata.push(['gpt2.feed_forward_length', { type: 'uint32', value }]);
    }
    add('attention.layer_norm_epsilon', 'float32', 'layer_norm_epsilon');
    checkSame(config, name, { metadata, tensors });
    return { metadata };
  }
  const { theta, windowTheta, scaling, share } = ropeOf(config);
  const heads = Number(config.num_attention_heads);
  const headDim = Number(config.head_dim ?? Number(config.hidden_size) / heads);
  const dimensions = Math.floor(headDim * share);
  const given = { ...config, head_dim: headDim, dimensions, theta, windowTheta };
  const addGiven = (key: string, type: 'uint32' | 'float32', value: unknown): void => {
    if (typeof value === 'number') metadata.push([`${name}.${key}`, { type, value }]);
  };
  addGiven('attention.head_count_kv', 'uint32', config.num_key_value_heads ?? heads);
  addGiven('attention.layer_norm_rms_epsilon', 'float32', config.rms_norm_eps);
  addGiven('attention.key_length', 'uint32', given.head_dim);
  addGiven('attention.value_length', 'uint32', given.head_dim);
  addGiven('rope.dimension_count', 'uint32', dimensions);
  addGiven('rope.freq_base', 'float32', theta);
  if (WINDOWED.includes(name)) {
    addGiven('attention.sliding_window', 'uint32', config.sliding_window ?? 0);
    addGiven('rope.freq_base_swa', 'float32', windowTheta);
  }
  addGiven('attn_logit_softcapping', 'float32', config.attn_logit_softcapping);
  addGiven('final_logit_softcapping', 'float32', config.final_logit_softcapping);
  if (name === 'phi3') {
    const original = config.original_max_position_embeddings ?? config.max_position_embeddings;
    addGiven('rope.scaling.original_context_length', 'uint32', original);
  }
  const rope = writeRopeScaling(scaling, { theta, dimensions });
  for (const [key, value] of rope.metadata) metadata.push([`${name}.${key}`, value]);
  checkSame(config, name, { metadata, tensors });
  return { metadata, frequencyFactors: rope.frequencyFactors };
}

/** Architectures of which llama.cpp reads a window. */
const WINDOWED: readonly ArchitectureName[] = ['gemma2', 'gemma3', 'phi3'];

interface Rope {
  readonly theta: number;
  /** Of the layers with a window, where they have their own. */
  readonly windowTheta?: number;
  readonly scaling: unknown;
  /** Share of a head's columns that rotate. */
  readonly share: number;
}

/** Rotary positions as transformers 5 writes them, in `rope_parameters`, or as earlier files do. */
function ropeOf(config: JsonObject): Rope {
  const given = isObject(config.rope_parameters) ? config.rope_parameters : {};
  const full = isObject(given.full_attention) ? given.full_attention : given;
  const local = isObject(given.sliding_attention) ? given.sliding_attention : {};
  const windowTheta = local.rope_theta ?? config.rope_local_base_freq;
  return {
    theta: Number(full.rope_theta ?? config.rope_theta ?? 10000),
    ...(typeof windowTheta === 'number' && { windowTheta }),
    scaling: Object.keys(full).length > 0 ? full : config.rope_scaling,
    share: Number(full.partial_rotary_factor ?? config.partial_rotary_factor ?? 1),
  };
}

/** Fields that say nothing of what is computed, or say it in two ways. */
const NOT_COMPARED = [
  'architectures',
  'model_type',
  'rope_scaling',
  'bos_token_id',
  'eos_token_id',
];

/** Whether two numbers differ by roundings alone. */
function isNearly(one: unknown, other: unknown): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return false;
  return Math.abs(one - other) <= 1e-6 * Math.abs(other);
}

/** Reads what was written and compares: for some fields llama.cpp has no key, and a constant of its own. */
function checkSame(
  config: JsonObject,
  name: ArchitectureName,
  { metadata, tensors }: { metadata: Entries; tensors: ModelTensors['tensors'] },
): void {
  const values = metadata.map(([key, value]): [string, MetadataValue] => [
    key,
    value.type === 'array' ? (value.values as readonly string[]) : value.value,
  ]);
  const read = huggingFaceConfig({ metadata: new Map(values), tensors }, name, {});
  for (const [field, value] of Object.entries(read)) {
    const given = config[field] ?? undefined;
    if (given === undefined || NOT_COMPARED.includes(field)) continue;
    if (JSON.stringify(given) === JSON.stringify(value) || isNearly(given, value)) continue;
    throw new RangeError(
      `${field}: expected ${shownValue(value)}, which llama.cpp computes with, got ${shownValue(given)}`,
    );
  }
  if (WINDOWED.includes(name) || (config.sliding_window ?? undefined) === undefined) return;
  if (config.use_sliding_window === false) return;
  throw new RangeError(
    `sliding_window: expected none, as llama.cpp has it for ${name}, got ${shownValue(config.sliding_window)}`,
  );
}
