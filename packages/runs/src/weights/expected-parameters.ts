import { type ModelConfig, type ParameterSpec, parameterSpecs } from '@ramble/core';
import type { Safetensors } from '../safetensors/open-safetensors.js';

/**
 * The parameters that a file of a model should have. A file that cannot have them is refused first: the
 * list would be of any length that a stranger likes.
 *
 * @throws RangeError that names the file, when the model has more layers than the file has tensors.
 */
export function expectedParameters(
  { name, tensors }: Pick<Safetensors, 'name' | 'tensors'>,
  config: ModelConfig,
): ParameterSpec[] {
  if (config.nLayer > tensors.size) {
    throw new RangeError(
      `${name}: expected the tensors of ${config.nLayer} layers, got ${tensors.size} tensors`,
    );
  }
  return parameterSpecs(config);
}
