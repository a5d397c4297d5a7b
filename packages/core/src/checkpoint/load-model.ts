import type { ModelConfig } from '../config/model-config.js';
import { emptyModel, type Model } from '../model/model.js';
import { frozenParameterStore } from '../parameters/frozen-parameter-store.js';
import type { NarrowKind, WeightKind } from '../parameters/narrow-matrix.js';
import { parameterSpecs } from '../parameters/parameter-specs.js';
import { checkParameters } from './check-parameters.js';
import { named } from './named.js';
import type { Safetensors } from './safetensors/open-safetensors.js';
import { tensorRows } from './safetensors/tensor-rows.js';

export interface WeightOptions {
  /** What weights are kept in; all but the default, f32, are for inference alone. */
  readonly weights?: WeightKind;
}

/**
 * A model with the parameters of a file, under our names. Narrow weights are read piece by piece: the
 * load takes the memory of what is kept and a few megabytes.
 *
 * @returns the model, the caller's to dispose of.
 * @throws RangeError that names file and tensor, before memory is taken, when the file does not
 *   hold exactly the parameters of such a model.
 */
export async function loadModel(
  file: Safetensors,
  config: ModelConfig,
  { weights = 'f32' }: WeightOptions = {},
): Promise<Model> {
  const specs = checkParameters(file, config);
  if (weights !== 'f32') return loadFrozen(file, config, weights);
  const model = emptyModel(config);
  try {
    for (const { name } of specs) model.parameters.write(name, await file.read(name));
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function loadFrozen(
  file: Safetensors,
  config: ModelConfig,
  weights: NarrowKind,
): Promise<Model> {
  const parameters = frozenParameterStore(parameterSpecs(config), weights);
  for (const { name } of parameters.specs) {
    for await (const { firstRow, values } of tensorRows(file, name)) {
      named(file.name, () => parameters.writeRows(name, firstRow, values));
    }
  }
  return { config, parameters, dispose: () => parameters.dispose() };
}
