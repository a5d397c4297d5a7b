import { type ModelConfig, type ParameterSpec, parameterSpecs } from '@ramble/core';
import type { Safetensors } from '@ramble/safetensors';

import { checkTensors } from './check-tensors.js';

/**
 * Checks that a file holds all parameters of a model and nothing else.
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
