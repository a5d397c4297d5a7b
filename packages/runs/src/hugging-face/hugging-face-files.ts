import type { ModelConfig } from '@ramble/core';
import type { ParameterSpec } from '@ramble/core/engine';
import { type ByteSink, formatJson, type JsonObject, named, shownValue } from '@ramble/core/files';

import type { RunDescription } from '../run/run-description.js';
import {
  FLOAT_CODECS,
  type FloatDtype,
  floatDtype,
  readFloats,
  tensorIn,
} from '../safetensors/float-codecs.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import {
  convertTensor,
  type EncodedTensor,
  writeTensors,
} from '../safetensors/write-safetensors.js';
import { readJson } from '../storage/run-storage.js';
import { checkParameters } from '../weights/check-tensors.js';
import { ariaRecipe, fromAriaConfig } from './aria.js';
import { fromGpt2Config, renameGpt2, toGpt2Config, toGpt2Name } from './gpt2.js';
import { assembleTensors } from './llama/assemble-tensors.js';
import { FAMILIES, type FamilyName } from './llama/families.js';
import { fromLlamaConfig } from './llama/llama-config.js';
import { familyRecipes, llamaTensors } from './llama/llama-names.js';
import { toLlamaConfig } from './llama/to-llama-config.js';
import { type FolderReader, openShards, type Weights } from './open-shards.js';

/** Options for exporting a model, in addition to its settings. */
export interface HuggingFaceFileOptions {
  /** Type of the numbers, `F32` by default. 16-bit types round. Quantized weights of a run are dequantized. */
  readonly dtype?: FloatDtype;
  /** The ids that end a text (`eos_token_id`). The first is written as `bos_token_id`, too. */
  readonly stopTokens?: readonly number[];
}

const DTYPES: Readonly<Record<FloatDtype, string>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/**
 * A model in the layout of Hugging Face: the content of config.json, and the weights under Hugging Face's
 * names.
 */
export interface WrittenModel {
  readonly config: JsonObject;
  readonly tensors: readonly EncodedTensor[];
}

/**
 * Returns a run's model in the layout of Hugging Face.
 *
 * @param file - The run's opened model.safetensors.
 * @throws RangeError if neither GPT-2 nor the Llama family can represent the model, or the file is not the
 *   run's.
 */
export function huggingFaceModel(
  { model, training }: Pick<RunDescription, 'model' | 'training'>,
  file: Safetensors,
  { dtype = 'F32', stopTokens = [] }: HuggingFaceFileOptions = {},
): WrittenModel {
  const { json, tensorsOf } = writerOf(model, training.dropout);
  const { specs, wide } = checkParameters(file, model);
  const tensors = specs.flatMap((spec) => tensorsOf(wide, spec, dtype));
  const type = DTYPES[dtype];
  // Before transformers 5, its name is `torch_dtype`.
  return { config: { ...json, ...idsOf(stopTokens), dtype: type, torch_dtype: type }, tensors };
}

/**
 * Returns writers for a run's model as a Hugging Face folder, by file name: `config.json`,
 * `generation_config.json` and `model.safetensors`. Weights are streamed, a few megabytes at a time.
 *
 * @param file - The run's opened model.safetensors.
 * @throws RangeError if neither GPT-2 nor the Llama family can represent the model, or the file is not the
 *   run's.
 */
export function huggingFaceFiles(
  description: Pick<RunDescription, 'model' | 'training'>,
  file: Safetensors,
  options: HuggingFaceFileOptions = {},
): Record<string, (sink: ByteSink) => Promise<void>> {
  const { config, tensors } = huggingFaceModel(description, file, options);
  const text = (content: string) => (sink: ByteSink) =>
    sink.write(new TextEncoder().encode(content));
  return {
    'config.json': text(formatConfig(config)),
    'generation_config.json': text(formatJson(idsOf(options.stopTokens))),
    'model.safetensors': (sink) => writeTensors(sink, tensors, { format: 'pt' }),
  };
}

/** Fields that transformers rejects as integers, so they are written with a decimal point. */
const FLOATS = /"(attn_logit_softcapping|final_logit_softcapping|rms_norm_eps)": (\d+)(?=,?\n)/g;

function formatConfig(config: JsonObject): string {
  return formatJson(config).replace(FLOATS, '"$1": $2.0');
}

/** Returns the fields for the ids that begin and end a text. */
function idsOf(stopTokens: readonly number[] = []): JsonObject {
  const [first = null] = stopTokens;
  return { bos_token_id: first, eos_token_id: stopTokens.length > 1 ? [...stopTokens] : first };
}

interface Writer {
  readonly json: JsonObject;
  readonly tensorsOf: (
    file: Safetensors,
    spec: ParameterSpec,
    dtype: FloatDtype,
  ) => EncodedTensor[];
}

function writerOf(model: ModelConfig, dropout: number): Writer {
  if (model.norm === 'layer') {
    return {
      json: toGpt2Config(model, dropout),
      tensorsOf: (file, { name }, dtype) => [convertTensor(file, name, dtype, toGpt2Name(name))],
    };
  }
  const { name, json } = toLlamaConfig(model);
  return {
    json: { ...json, attention_dropout: dropout },
    tensorsOf: (file, spec, dtype) => llamaTensors(file, spec, model, FAMILIES[name], dtype),
  };
}

/** A checked Hugging Face model, whose weights are read on demand. */
export interface HuggingFaceModel {
  readonly config: ModelConfig;
  /** Exactly the parameters of the model, under ramble's names. */
  readonly weights: Safetensors;
  readonly close: () => Promise<void>;
}

/** Model config read from a config.json, and a function that renames the tensors of the same folder. */
interface Reader {
  readonly config: ModelConfig;
  readonly rename: (tensors: Weights) => Promise<Safetensors>;
}

/**
 * Opens a folder with a config.json and weights in safetensors, single or sharded.
 *
 * @throws Error, TypeError or RangeError that names the file, and the field or tensor.
 */
export async function openHuggingFace(folder: FolderReader): Promise<HuggingFaceModel> {
  const json = await readJson(folder, 'config.json');
  const { config, rename } = named(`${folder.name}/config.json`, () => readerOf(json));
  const { tensors, close } = await openShards(folder);
  try {
    const weights = await rename(tensors);
    checkParameters(weights, config);
    return { config, weights, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Returns the config of a config.json, and the function that renames tensors, by its `model_type`.
 *
 * @throws TypeError or RangeError that names the field.
 */
function readerOf(json: JsonObject): Reader {
  const type = json.model_type ?? 'gpt2'; // early files do not have the field
  if (type === 'gpt2') {
    const config = fromGpt2Config(json);
    return {
      config,
      rename: async (tensors) => foldLayerScale(await renameGpt2(tensors, config), json),
    };
  }
  if (type === 'aria') {
    const config = fromAriaConfig(json);
    return { config, rename: (tensors) => assembleTensors(tensors, config, ariaRecipe) };
  }
  if (typeof type === 'string' && Object.hasOwn(FAMILIES, type)) {
    const name = type as FamilyName; // one of its keys
    const config = fromLlamaConfig(json, name);
    const recipes = familyRecipes(config, FAMILIES[name]);
    return { config, rename: (tensors) => assembleTensors(tensors, config, recipes) };
  }
  const known = ['gpt2', 'aria', ...Object.keys(FAMILIES)].join(', ');
  throw new RangeError(`model_type: expected one of ${known}, got ${shownValue(type)}`);
}

const QUERIES_KEYS_VALUES = /^blocks\.(\d+)\.attention\.qkv\.(weight|bias)$/;

/**
 * Folds `scale_attn_by_inverse_layer_idx` of a config.json into the weights. Attention scores are linear in the
 * queries, so the query columns of the weights and biases of layer n, counted from 0, are divided by n + 1. Stored
 * 16-bit numbers are rounded again.
 *
 * @param file - The weights under ramble's names.
 */
function foldLayerScale(file: Safetensors, json: JsonObject): Safetensors {
  if (json.scale_attn_by_inverse_layer_idx !== true) return file;
  async function* scaled(name: string, layer: number): ReturnType<Safetensors['bytes']> {
    const entry = tensorIn(file.name, file.tensors, name);
    const dtype = floatDtype(file, name);
    const values = await file.read(name);
    const width = entry.shape.at(-1) ?? 1;
    for (let i = 0; i < values.length; i++) if (3 * (i % width) < width) values[i] /= layer + 1;
    yield FLOAT_CODECS[dtype].encode(values);
  }
  const bytes: Safetensors['bytes'] = (name) => {
    const layer = QUERIES_KEYS_VALUES.exec(name)?.[1];
    return layer === undefined ? file.bytes(name) : scaled(name, Number(layer));
  };
  const view = { ...file, bytes };
  return { ...view, read: (name) => readFloats(view, name) };
}
