import type { ModelConfig } from '@ramble/core';
import { type JsonObject, named, shownValue } from '@ramble/core/files';

import { readJson } from '../storage/stored-text.js';
import { checkParameters } from '../weights/check-tensors.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';

import { fromGpt2Config } from './gpt2-config.js';
import { assembleTensors } from './llama/assemble-tensors.js';
import { FAMILIES, type FamilyName } from './llama/families.js';
import { fromLlamaConfig } from './llama/llama-config.js';
import { type FolderReader, openShards, type Weights } from './open-shards.js';
import { renameGpt2 } from './gpt2.js';

/** A checked model of Hugging Face, whose weights are read on demand. */
export interface HuggingFaceModel {
  readonly config: ModelConfig;
  /** Exactly the parameters of such a model, under our names. */
  readonly weights: Safetensors;
  readonly close: () => Promise<void>;
}

/** Model config read from a config.json, and a function that renames the tensors of its folder. */
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

/** @throws TypeError or RangeError that names the field. */
function readerOf(json: JsonObject): Reader {
  const type = json.model_type ?? 'gpt2'; // the first files do not say
  if (type === 'gpt2') {
    const config = fromGpt2Config(json);
    return { config, rename: (tensors) => renameGpt2(tensors, config) };
  }
  if (typeof type === 'string' && Object.hasOwn(FAMILIES, type)) {
    const name = type as FamilyName; // one of its keys
    const config = fromLlamaConfig(json, name);
    return { config, rename: (tensors) => assembleTensors(tensors, config, FAMILIES[name]) };
  }
  const known = ['gpt2', ...Object.keys(FAMILIES)].join(', ');
  throw new RangeError(`model_type: expected one of ${known}, got ${shownValue(type)}`);
}
