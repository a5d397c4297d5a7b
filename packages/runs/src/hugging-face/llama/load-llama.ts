import type { Model, ModelConfig } from '@ramble/core';
import { loadModel, type WeightOptions } from '../../weights/load-model.js';
import type { Safetensors } from '../../safetensors/open-safetensors.js';

import { assembleTensors } from './assemble-tensors.js';
import { FAMILIES, type FamilyName } from './families.js';

/**
 * A model with the parameters of a Hugging Face file of the Llama family.
 *
 * @throws RangeError that names file and tensor, when the file does not fit the settings.
 */
export async function loadLlama(
  file: Safetensors,
  config: ModelConfig,
  family: FamilyName,
  options?: WeightOptions,
): Promise<Model> {
  return loadModel(await assembleTensors(file, config, FAMILIES[family]), config, options);
}
