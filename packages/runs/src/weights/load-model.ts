import {
  emptyModel,
  frozenParameterStore,
  type Model,
  type ModelConfig,
  modelOf,
  type NarrowKind,
  parameterSpecs,
  type WeightKind,
} from '@ramble/core';
import { named } from '@ramble/core/files';
import { type Safetensors, tensorRows } from '@ramble/safetensors';

import { checkParameters } from './check-parameters.js';
import { widenInt8 } from './int8-tensors.js';
import { readStored } from './read-stored.js';

export interface WeightOptions {
  /**
   * The format of the weights in memory; all formats except the default, f32, are for inference
   * only. `as stored` is what the file has.
   */
  readonly weights?: WeightKind | 'as stored';
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
  const wide = widenInt8(file);
  const specs = checkParameters(wide, config);
  const kind = weights === 'as stored' ? storedKind(file) : weights;
  if (kind !== 'f32') return loadFrozen(file, wide, config, kind);
  const model = emptyModel(config);
  try {
    for (const { name } of specs) model.parameters.write(name, await wide.read(name));
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** The narrowest form of the matrices in a file. */
export function storedKind({ tensors }: Safetensors): WeightKind {
  const types = new Set([...tensors.values()].map(({ dtype }) => dtype));
  if (types.has('I8')) return 'int8';
  return types.has('F16') ? 'f16' : 'f32';
}

async function loadFrozen(
  file: Safetensors,
  wide: Safetensors,
  config: ModelConfig,
  weights: NarrowKind,
): Promise<Model> {
  const parameters = frozenParameterStore(parameterSpecs(config), weights);
  for (const { name } of parameters.specs) {
    if (await readStored(file, name, parameters.stored(name))) continue;
    for await (const { firstRow, values } of tensorRows(wide, name)) {
      named(file.name, () => parameters.writeRows(name, firstRow, values));
    }
  }
  return modelOf(config, parameters);
}
