import type { Model, ModelConfig } from '@ramble/core';
import { loadModel, type WeightOptions } from '../weights/load-model.js';
import type { Safetensors } from '../safetensors/open-safetensors.js';

import { renameGpt2 } from './rename-gpt2.js';

/**
 * A model with the parameters of a Hugging Face GPT-2 file.
 *
 * @throws RangeError that names file and tensor, when the file does not fit the settings.
 */
export async function loadGpt2(
  file: Safetensors,
  config: ModelConfig,
  options?: WeightOptions,
): Promise<Model> {
  return loadModel(await renameGpt2(file, config), config, options);
}
