import { sizeOf } from '@ramble/core/engine';
import { isObject, type JsonObject, named, shownValue } from '@ramble/core/files';

import { FLOAT_CODECS } from '../../safetensors/float-codecs.js';
import { wholeRows } from '../../safetensors/open-safetensors.js';
import type { EncodedTensor } from '../../safetensors/write-safetensors.js';
import type { MetadataValue, TypedValue } from '../format/metadata.js';
import { encodeBlocks, TENSOR_TYPES, type WrittenType } from '../format/tensor-types.js';
import type { GgufTensorToWrite } from '../format/write-gguf.js';
import {
  type Architecture,
  type ArchitectureName,
  ARCHITECTURES,
  isArchitecture,
  toGgufName,
} from './architectures.js';
import { GPT2_SIZES, huggingFaceConfig, type ModelTensors, SIZES } from './hugging-face-config.js';
import { joinPairs } from './hugging-face-tensors.js';
import { headDimOf, otherThan, ropeOf, windowKeys } from './llama-cpp-limits.js';
import { type RopeTensors, writeRopeScaling } from './rope-scaling.js';

type Entries = (readonly [key: string, value: TypedValue])[];

/** Metadata of a model in a GGUF file. */
interface ModelMetadata {
  readonly metadata: readonly (readonly [key: string, value: TypedValue])[];
  /** Divisors of the rotary frequencies that are stored as tensors. */
  readonly rope: RopeTensors;
}

/**
 * Returns llama.cpp's architecture for a Hugging Face model.
 *
 * @throws RangeError that names the `model_type`, if llama.cpp has no such architecture.
 */
export function architectureOf({ model_type: type }: JsonObject): ArchitectureName {
  // Mistral is Llama except for windows, which `ggufMetadata` rejects. OLMo 3 is OLMo 2 with windows.
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
 * Returns the GGUF metadata of a model from its config.json.
 *
 * @param tensors - The tensors of the file by llama.cpp's names.
 * @throws RangeError that names a field for which GGUF has no key, if llama.cpp would compute with another
 *   value.
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
  const { theta, windowTheta, scaling, share } = ropeOf(config, name);
  const heads = Number(config.num_attention_heads);
  const headDim = headDimOf(config, name);
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
  if (name === 'phi3' && !isObject(scaling)) {
    const original = config.original_max_position_embeddings ?? config.max_position_embeddings;
    addGiven('rope.scaling.original_context_length', 'uint32', original);
  }
  const { metadata: keys, ...rope } = writeRopeScaling(scaling, {
    theta,
    dimensions,
    isPhi3: name === 'phi3',
  });
  for (const [key, value] of keys) metadata.push([`${name}.${key}`, value]);
  checkSame(config, name, { metadata, tensors });
  return { metadata, rope };
}

/** Fields that `checkSame` does not compare: they do not affect the computation, or have two equivalent forms. */
const NOT_COMPARED = [
  ...['architectures', 'model_type', 'rope_scaling', 'rope_parameters', 'sliding_window'],
  ...['layer_types', 'use_sliding_window', 'bos_token_id', 'eos_token_id'],
];

/** Whether two values are numbers that differ only by rounding: by at most 1e-6, relatively. */
function isNearly(one: unknown, other: unknown): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return false;
  return Math.abs(one - other) <= 1e-6 * Math.abs(other);
}

/**
 * Reads the written metadata back as a config.json, and compares it with the original, because llama.cpp uses a
 * constant for a field that has no key in GGUF.
 */
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
  const hasCopy = head === 'separate'; // of the token embedding, if they are tied
  for (const [field, value] of Object.entries(read)) {
    // If llama.cpp always caps, null is a different value.
    const given = field.endsWith('_softcapping') ? config[field] : (config[field] ?? undefined);
    if (given === undefined || NOT_COMPARED.includes(field)) continue;
    if (field === 'tie_word_embeddings' && hasCopy) continue;
    if (JSON.stringify(given) === JSON.stringify(value) || isNearly(given, value)) continue;
    throw otherThan(field, value, given);
  }
}

/** Options for converting a Hugging Face tensor to a tensor of a GGUF file. */
interface TensorOptions {
  /** Type of the matrices. */
  readonly type: WrittenType;
  /** Width of an attention head. */
  readonly headDim: number;
}

/**
 * Converts a Hugging Face tensor to llama.cpp's name, layout and type. In architectures with `hasWholeGains`, 1 is
 * added to the gains of norms.
 *
 * @throws RangeError if the architecture has no such tensor; TypeError if its entries are not floats.
 */
export function ggufTensor(
  tensor: EncodedTensor,
  architecture: Architecture,
  { type, headDim }: TensorOptions,
): GgufTensorToWrite {
  const { hasPairedHeads = false, hasWholeGains = false, isTransposed = false } = architecture;
  const name = toGgufName(architecture, tensor.name);
  const { dtype } = tensor;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw new TypeError(`${tensor.name}: expected F32, F16 or BF16, got ${dtype}`);
  }
  const isTurned = isTransposed && /^blk\..*\.weight$/.test(name) && tensor.shape.length === 2;
  const shape = isTurned ? [...tensor.shape].reverse() : tensor.shape;
  const isPaired = hasPairedHeads && /\.attn_[qk]\.(weight|bias)$/.test(name);
  const isGain = hasWholeGains && name.endsWith('_norm.weight');
  const width = shape.length === 1 ? 1 : shape[shape.length - 1];
  const written = typeFor(name, shape, type);

  async function* bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { decode } = FLOAT_CODECS[dtype as 'F32']; // one of three, as above
    const unit = isTurned ? sizeOf(shape) : isPaired ? headDim * width : width;
    const unitBytes = unit * (dtype === 'F32' ? 4 : 2);
    for await (const piece of wholeRows(tensor.bytes(), unitBytes, sizeOf(shape) / unit)) {
      let values = decode(piece);
      if (isTurned) values = turned(values, shape);
      if (isGain) values = values.map((value) => value + 1);
      if (isPaired) {
        const rows = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        values = FLOAT_CODECS.F32.decode(joinPairs(rows, { rowBytes: 4 * width, headDim }));
      }
      yield named(name, () => encodeBlocks(written, values));
    }
  }
  return { name, type: written, shape, bytes };
}

/**
 * Returns the type of a tensor in the file. Vectors and positions stay in F32, as in llama.cpp's own files; rows that
 * are not a whole number of blocks are F16.
 */
function typeFor(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length === 1 || name === 'position_embd.weight') return 'F32';
  const isWhole = shape[shape.length - 1] % TENSOR_TYPES[type].blockValues === 0;
  return isWhole ? type : 'F16';
}

/** Returns the transpose of a row-major matrix. `[rows, columns]` is the shape of the result. */
function turned(values: Float32Array, [rows, columns]: readonly number[]): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[row * columns + column] = values[column * rows + row];
    }
  }
  return result;
}
