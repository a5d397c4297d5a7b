import type { ModelConfig, ParameterSpec } from '@ramble/core';
import type { Safetensors } from '../safetensors/open-safetensors.js';

import { checkTensors } from './check-tensors.js';
import { expectedParameters } from './expected-parameters.js';
import { widenTensors } from './stored-tensors.js';

/** The parameters of a model, and the file of them. */
export interface CheckedParameters {
  readonly specs: readonly ParameterSpec[];
  /** The file with all parameters as floats, in their shapes. */
  readonly wide: Safetensors;
}

/**
 * Checks that a file holds all parameters of a model and nothing else; matrices may be quantized.
 *
 * @throws RangeError that names file and tensor, when it does not.
 */
export function checkParameters(file: Safetensors, config: ModelConfig): CheckedParameters {
  const specs = expectedParameters(file, config);
  const wide = widenTensors(file, specs);
  checkTensors(wide, specs);
  return { specs, wide };
}
