import type { Model, ModelConfig } from '@ramble/core';
import { checkSetting, type ChoiceSetting } from '@ramble/core/app';
import { decodingLayout, type ParameterSpec } from '@ramble/core/engine';
import {
  CACHE_FORMAT_NAMES,
  cacheFormatFor,
  type CacheFormatName,
  decoderOf,
  emptyModel,
  modelOf,
} from '@ramble/core/model';
import {
  ACTIVATION_KINDS,
  type ActivationKind,
  formatFor,
  type FormatName,
  FORMATS,
  type FrozenParameterStore,
  frozenParameterStore,
  inputsOf,
  type MatrixLayout,
  narrowest,
  type WeightFormat,
} from '@ramble/core/weights';
import { named } from '@ramble/core/files';

import { openSafetensors, type Safetensors, tensorRows } from '../safetensors/open-safetensors.js';
import { writeSafetensors } from '../safetensors/write-safetensors.js';
import { memoryStorage } from '../storage/run-storage.js';
import { checkParameters, checkTensors } from './check-tensors.js';
import { formatOfTensor, readStored } from './stored-tensors.js';
import { parameterTensors } from './training-tensors.js';

/**
 * The format of weights in memory: one for all matrices, or, with `as stored`, the format that each matrix has in its
 * file.
 */
export type KeptWeights = FormatName | 'as stored';

/** Formats of a loaded model's weights, activations and cache. They may differ from the file's format. */
export interface WeightOptions {
  /**
   * The format of the weights in memory; all formats except the default, f32, are for inference only. `as
   * stored` keeps the file's format.
   */
  readonly weights?: KeptWeights;
  /**
   * Type of the activations in products with matrices, `f32` by default. `int8` rounds activations. It requires
   * weights of `int8`, which it keeps as llama.cpp's Q8_0, or of `q4`.
   */
  readonly activations?: ActivationKind;
  /**
   * Format of the keys and values in the model's caches: by default f16 if the weights have at most 16 bits, else f32.
   */
  readonly kvCache?: CacheFormatName;
  /**
   * Whether the model is only used for decoding. An engine may then store weights in the order that decodes
   * fastest, and the model cannot be trained.
   */
  readonly onlyDecodes?: boolean;
}

const WEIGHTS: ChoiceSetting<KeptWeights> = {
  kind: 'choice',
  choices: [
    ...Object.values(FORMATS)
      .sort((a, b) => Number(b.isChoice) - Number(a.isChoice))
      .map(({ name }) => name),
    'as stored',
  ],
  description: 'Format of the weights in memory.',
};

const ACTIVATIONS: ChoiceSetting<ActivationKind> = {
  kind: 'choice',
  choices: ACTIVATION_KINDS,
  description: 'Format of the activations that weights are multiplied with.',
};

const KV_CACHE: ChoiceSetting<CacheFormatName> = {
  kind: 'choice',
  choices: CACHE_FORMAT_NAMES,
  description: 'Format of the keys and values in the cache.',
};

/**
 * Loads a model from a file whose tensors have ramble's names. Weights in formats other than f32 are read in pieces:
 * loading takes the memory of the loaded weights and a few megabytes.
 *
 * @returns the model, which the caller must dispose.
 * @throws TypeError or RangeError for an invalid option; RangeError that names file and tensor, before memory is
 *   allocated, if the file does not contain exactly the model's parameters or its weights are incompatible with the
 *   activations, or its attention with the format of the cache.
 */
export async function loadModel(
  file: Safetensors,
  config: ModelConfig,
  { weights = 'f32', activations = 'f32', kvCache, onlyDecodes = false }: WeightOptions = {},
): Promise<Model> {
  checkSetting('weights', WEIGHTS, weights);
  checkSetting('activations', ACTIVATIONS, activations);
  if (kvCache !== undefined) checkSetting('kvCache', KV_CACHE, kvCache);
  const { specs, wide } = checkParameters(file, config);
  const formatOf = keptFormats(file, weights, activations);
  const formats = specs.map((spec) => formatOf(spec).name);
  const cacheFormat = cacheFormatFor(decoderOf(config).layers, narrowest(formats), kvCache);
  const faster = onlyDecodes ? decodingLayout(config) : undefined;
  const layoutOf = (spec: ParameterSpec): MatrixLayout =>
    faster ? faster(spec, formatOf(spec)) : formatOf(spec);
  if (specs.some((spec) => layoutOf(spec) !== FORMATS.f32)) {
    const parameters = frozenParameterStore(specs, layoutOf, activations);
    return loadFrozen(file, wide, modelOf(config, parameters, cacheFormat), parameters);
  }
  const model = emptyModel(config);
  try {
    for (const { name } of specs) model.parameters.write(name, await wide.read(name));
    return modelOf(config, model.parameters, cacheFormat);
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Returns the format with the fewest bits per weight among the tensors in a file. */
export function storedFormat({ tensors }: Safetensors): FormatName {
  return narrowest(Array.from(tensors.values(), (entry) => formatOfTensor(entry).name));
}

/**
 * Returns a function from a parameter to the format in which it is kept. If the requested format has blocks,
 * matrices that are already in blocks keep their format, even with another number of bits.
 *
 * @throws RangeError from the returned function, for weights that are incompatible with the activations.
 */
export function keptFormats(
  file: Safetensors,
  weights: KeptWeights,
  activations: ActivationKind = 'f32',
): (spec: ParameterSpec) => WeightFormat {
  const wanted = weights === 'as stored' ? undefined : FORMATS[weights];
  return (spec) => {
    const entry = file.tensors.get(spec.name);
    const own = entry ? formatOfTensor(entry) : FORMATS.f32;
    const keepsBlocks = wanted?.isChoice && wanted.file.blocks && own.file.blocks;
    const format = wanted === undefined || keepsBlocks ? own : wanted;
    const isProduct = inputsOf(spec) !== undefined;
    return FORMATS[isProduct ? formatFor(activations, format.name) : format.formatOf(spec)];
  };
}

async function loadFrozen(
  file: Safetensors,
  wide: Safetensors,
  model: Model,
  parameters: FrozenParameterStore,
): Promise<Model> {
  for (const spec of parameters.specs) {
    const { name } = spec;
    if (await readStored(file, spec, parameters.stored(name))) continue;
    for await (const { firstRow, values } of tensorRows(wide, name)) {
      named(file.name, () => parameters.writeRows(name, firstRow, values));
    }
  }
  return model;
}

/**
 * Reads the values of a model's adapters from a file whose tensors have ramble's names, and writes them into the
 * model.
 *
 * @throws RangeError that names file and tensor, if the file does not contain exactly the model's adapters, or if a
 *   number is not finite, which would reach the other rows of a batch.
 */
export async function readAdapters(file: Safetensors, { parameters }: Model): Promise<void> {
  checkTensors(file, parameters.specs);
  for (const { name } of parameters.specs) {
    const values = await file.read(name);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new RangeError(
        `${file.name}: expected finite numbers in ${name}, got ${values[wrong]} at ${wrong}`,
      );
    }
    parameters.write(name, values);
  }
}

/** Returns a model's current parameters as a file in memory, for `importRun`. */
export async function modelFile(model: Model): Promise<Safetensors> {
  const storage = memoryStorage('model');
  await storage.writeFolder('model', {
    'model.safetensors': (sink) => writeSafetensors(sink, parameterTensors(model)),
  });
  return openSafetensors(await storage.open('model/model.safetensors'));
}
