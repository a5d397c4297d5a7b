import type { ModelConfig } from '@ramble/core';
import { named } from '@ramble/core/files';
import { checkParameters, readJson } from '@ramble/runs';
import type { Safetensors } from '@ramble/safetensors';

import { fromGpt2Config } from './gpt2-config.js';
import { type FolderReader, openShards } from './open-shards.js';
import { renameGpt2 } from './rename-gpt2.js';

/** A checked GPT-2 of Hugging Face, whose weights are read on demand. */
export interface OpenGpt2 {
  readonly config: ModelConfig;
  /** Exactly the parameters of such a model, under our names. */
  readonly weights: Safetensors;
  readonly close: () => Promise<void>;
}

/**
 * Opens a folder with a config.json and weights in safetensors, single or sharded.
 *
 * @throws Error, TypeError or RangeError that names the file, and the field or tensor.
 */
export async function openGpt2(folder: FolderReader): Promise<OpenGpt2> {
  const name = `${folder.name}/config.json`;
  const json = await readJson(folder, 'config.json');
  const config = named(name, () => fromGpt2Config(json));
  const { tensors, close } = await openShards(folder);
  try {
    const weights = await renameGpt2(tensors);
    checkParameters(weights, config);
    return { config, weights, close };
  } catch (error) {
    await close();
    throw error;
  }
}
