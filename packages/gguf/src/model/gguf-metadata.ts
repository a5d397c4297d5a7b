import { isObject, type JsonObject, shownValue } from '@ramble/core/files';

import type { MetadataValue, TypedValue } from '../format/metadata.js';
import {
  type Architecture,
  ARCHITECTURES,
  type ArchitectureName,
  isArchitecture,
} from './architectures.js';
import { GPT2_SIZES, huggingFaceConfig, type ModelTensors, SIZES } from './hugging-face-config.js';
import { type RopeTensors, writeRopeScaling } from './rope-scaling.js';

type Entries = (readonly [key: string, value: TypedValue])[];

/** What a GGUF file says of a model. */
export interface ModelMetadata {
  readonly metadata: readonly (readonly [key: string, value: TypedValue])[];
  /** The divisors of the frequencies, where tensors hold them. */
  readonly rope: RopeTensors;
}

/**
 * The architecture of llama.cpp that computes a model of Hugging Face.
 *
 * @throws RangeError that names the `model_type`, when there is none.
 */
export function architectureOf({ model_type: type }: JsonObject): ArchitectureName {
  // Mistral is Llama but for windows, which `ggufMetadata` refuses; OLMo 3 is OLMo 2 with windows.
  const others: JsonObject = { mistral: 'llama', olmo3: 'olmo2' };
  const wanted = typeof type === 'string' ? (others[type] ?? type) : type;
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
    return { metadata, rope: {} };
  }
  const { theta, windowTheta, scaling, share } = checkedRope(config, name);
  const heads = Number(config.num_attention_heads);
  const usual = Number(config.hidden_size) / heads;
  const headDim = Number(config.head_dim ?? usual);
  const { isSquare = false, head }: Architecture = ARCHITECTURES[name];
  if (isSquare && headDim !== usual) throw otherThan('head_dim', usual, headDim);
  if (head === 'tied' && config.tie_word_embeddings === false) {
    throw otherThan('tie_word_embeddings', true, false);
  }
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
  for (const [key, value] of windowKeys(config, name)) metadata.push([`${name}.${key}`, value]);
  if (name === 'gemma3') addGiven('rope.freq_base_swa', 'float32', windowTheta);
  addGiven('attn_logit_softcapping', 'float32', config.attn_logit_softcapping);
  addGiven('final_logit_softcapping', 'float32', config.final_logit_softcapping);
  if (name === 'phi3') {
    const original = config.original_max_position_embeddings ?? config.max_position_embeddings;
    addGiven('rope.scaling.original_context_length', 'uint32', original);
  }
  const { metadata: keys, ...rope } = writeRopeScaling(scaling, {
    theta,
    dimensions,
    isPhi3: name === 'phi3',
  });
  const known = new Set(metadata.map(([key]) => key));
  for (const [key, value] of keys) {
    if (!known.has(`${name}.${key}`)) metadata.push([`${name}.${key}`, value]);
  }
  checkSame(config, name, { metadata, tensors });
  return { metadata, rope };
}

/** @returns an error of a field whose value llama.cpp does not compute with. */
function otherThan(field: string, expected: unknown, got: unknown): RangeError {
  return new RangeError(
    `${field}: expected ${shownValue(expected)}, which llama.cpp computes with, got ${shownValue(got)}`,
  );
}

/** Which layers have a window where a config has no `layer_types`; the other classes have none. */
const WINDOWS: Readonly<Record<string, (config: JsonObject, layer: number) => boolean>> = {
  mistral: () => true,
  phi3: () => true,
  qwen2: (config, layer) => layer >= Number(config.max_window_layers ?? 28),
  qwen3: (config, layer) => layer >= Number(config.max_window_layers ?? 28),
  smollm3: (config, layer) => (config.no_rope_layers as number[] | undefined)?.at(layer) === 0,
  gemma2: (_, layer) => layer % 2 === 0,
  gemma3_text: (_, layer) => (layer + 1) % 6 !== 0,
  olmo3: (_, layer) => (layer + 1) % 4 !== 0,
};

/** Whether each layer has a window that is shorter than the context. */
function windowsOf(config: JsonObject): boolean[] {
  const { sliding_window: length, layer_types: types, use_sliding_window: isOn } = config;
  const hasWindow = WINDOWS[String(config.model_type)] as (typeof WINDOWS)[string] | undefined;
  const isShort = typeof length === 'number' && length < Number(config.max_position_embeddings);
  return Array.from({ length: Number(config.num_hidden_layers) }, (_, layer) => {
    if (!hasWindow || !isShort || isOn === false) return false;
    return Array.isArray(types) ? types[layer] === 'sliding_attention' : hasWindow(config, layer);
  });
}

/** @throws RangeError for windows where llama.cpp has none. */
function windowKeys(config: JsonObject, name: ArchitectureName): Entries {
  const { windows }: Architecture = ARCHITECTURES[name];
  const { sliding_window: length, max_position_embeddings: context } = config;
  const key = 'attention.sliding_window';
  const has = windowsOf(config);
  if (!windows) {
    if (has.includes(true)) {
      throw new RangeError(
        `sliding_window: expected none, or the context length (${shownValue(context)}) or more, as llama.cpp has no windows for ${name}, got ${shownValue(length)}`,
      );
    }
    // llama.cpp ignores it, and a reader finds it again.
    return name === 'phi3' ? [[key, { type: 'uint32', value: Number(length ?? 0) }]] : [];
  }
  if (!has.includes(true)) {
    // Gemma 2 has windows there in any case.
    return name === 'gemma2' ? [[key, { type: 'uint32', value: Number(context) }]] : [];
  }
  const { pattern } = windows;
  const isUsual = has.every((each, layer) => each === layer % pattern < pattern - 1);
  const values = { type: 'array', of: 'bool', values: has } as const;
  return [
    [key, { type: 'uint32', value: Number(length) }],
    ...(isUsual ? [] : ([[`${key}_pattern`, values]] as const)),
  ];
}

interface Rope {
  readonly theta: number;
  /** Of the layers with a window, where they have their own. */
  readonly windowTheta?: number;
  readonly scaling: unknown;
  /** Share of a head's columns that rotate. */
  readonly share: number;
}

/**
 * Rotary positions as transformers 5 writes them, in `rope_parameters`, or as earlier files do.
 *
 * @throws RangeError for those that llama.cpp does not compute for the architecture.
 */
function checkedRope(config: JsonObject, name: ArchitectureName): Rope {
  const { scalings, hasShare, windows }: Architecture = ARCHITECTURES[name];
  const given = isObject(config.rope_parameters) ? config.rope_parameters : {};
  const full = isObject(given.full_attention) ? given.full_attention : given;
  const local = isObject(given.sliding_attention) ? given.sliding_attention : {};
  const theta = Number(full.rope_theta ?? config.rope_theta ?? 10000);
  const windowTheta = local.rope_theta ?? config.rope_local_base_freq;
  const scaling = Object.keys(full).length > 0 ? full : config.rope_scaling;
  const kind = kindOf(scaling);
  if (!scalings.includes(kind)) {
    throw new RangeError(
      `rope_scaling: expected one of ${scalings.join(', ')}, which llama.cpp computes for ${name}, got ${kind}`,
    );
  }
  if (windows && windowsOf(config).includes(true)) {
    const isScaled = windows.scaled === 'all' || (windows.scaled === 'by yarn' && kind === 'yarn');
    const wanted = isScaled ? kind : 'default';
    const got = windows.scaled === 'all' ? kind : kindOf(local);
    if (got !== wanted) {
      throw otherThan('rope_parameters.sliding_attention.rope_type', wanted, got);
    }
    // OLMo's layers have one base there; those of Gemma 3 have a key of their own.
    if (name === 'olmo2' && (windowTheta ?? theta) !== theta) {
      throw otherThan('rope_parameters.sliding_attention.rope_theta', theta, windowTheta);
    }
  }
  return {
    theta,
    ...(typeof windowTheta === 'number' && { windowTheta }),
    scaling,
    share: hasShare ? Number(full.partial_rotary_factor ?? config.partial_rotary_factor ?? 1) : 1,
  };
}

function kindOf(scaling: unknown): string {
  const { rope_type: type, type: older = 'default' } = isObject(scaling) ? scaling : {};
  return String(type ?? older);
}

/** Fields that say nothing of what is computed, or say it in two ways. */
const NOT_COMPARED = [
  'architectures',
  'model_type',
  'rope_scaling',
  'rope_parameters',
  'sliding_window',
  'layer_types',
  'use_sliding_window',
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
  const { head }: Architecture = ARCHITECTURES[name];
  const hasCopy = head === 'separate'; // of the token embedding, where they are tied
  for (const [field, value] of Object.entries(read)) {
    // Where llama.cpp always has a cap, null is another value.
    const given = field.endsWith('_softcapping') ? config[field] : (config[field] ?? undefined);
    if (given === undefined || NOT_COMPARED.includes(field)) continue;
    if (field === 'tie_word_embeddings' && hasCopy) continue;
    if (JSON.stringify(given) === JSON.stringify(value) || isNearly(given, value)) continue;
    throw otherThan(field, value, given);
  }
}
