import type { ModelConfig } from '../config/model-config.js';
import { emptyModel, type Model } from '../model/model.js';
import { checkParameters } from './check-parameters.js';
import type { Safetensors } from './safetensors/open-safetensors.js';

/**
 * A model with the parameters of a file, under our names.
 *
 * @returns the model, the caller's to dispose of.
 * @throws RangeError that names file and tensor, before memory is taken, when the file does not
 *   hold exactly the parameters of such a model.
 */
export async function loadModel(file: Safetensors, config: ModelConfig): Promise<Model> {
  const specs = checkParameters(file, config);
  const model = emptyModel(config);
  try {
    for (const { name } of specs) model.parameters.write(name, await file.read(name));
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}
