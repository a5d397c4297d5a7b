import type { ModelConfig } from '../config/model-config.js';
import type { ParameterSpec } from '../parameters/parameter-spec.js';
import { parameterSpecs } from '../model/parameter-specs.js';
import { checkTensors } from './check-tensors.js';
import type { Safetensors } from './safetensors/open-safetensors.js';

/**
 * The parameters of a model, all of which a file holds, and nothing else.
 *
 * @throws RangeError that names file and tensor, when it does not.
 */
export function checkParameters(file: Safetensors, config: ModelConfig): ParameterSpec[] {
  if (config.nLayer > file.tensors.size) {
    // The list of expected tensors would be of any length that a stranger likes.
    throw new RangeError(
      `${file.name}: expected the tensors of ${config.nLayer} layers, got ${file.tensors.size} tensors`,
    );
  }
  const specs = parameterSpecs(config);
  checkTensors(file, specs);
  return specs;
}
