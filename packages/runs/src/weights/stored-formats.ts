import type { ParameterSpec } from '@ramble/core/engine';
import {
  type ActivationKind,
  formatFor,
  type FormatName,
  FORMATS,
  inputsOf,
  narrowest,
  type WeightFormat,
} from '@ramble/core/weights';

import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

/** The format of weights: one for all matrices, or the format of each matrix in its file. */
export type KeptWeights = FormatName | 'as stored';

/** Returns the formats that a tensor of some type can have, from wide to narrow. */
export function formatsOfDtype(dtype: string): WeightFormat[] {
  return Object.values(FORMATS).filter(({ file }) => file.dtype === dtype);
}

/** Returns the format of a tensor; f32 for types that are converted to it. */
export function formatOfTensor({ dtype, shape }: TensorEntry): WeightFormat {
  const formats = formatsOfDtype(dtype);
  const found = formats.find(({ file }) => !file.blocks || file.blocks.bytes === shape.at(-1));
  return found ?? formats.at(-1) ?? FORMATS.f32;
}

/** Returns the narrowest format of the matrices in a file. */
export function storedFormat({ tensors }: Safetensors): FormatName {
  return narrowest(Array.from(tensors.values(), (entry) => formatOfTensor(entry).name));
}

/**
 * Returns a function from a parameter to the format in which it is kept. If the requested format has blocks,
 * matrices that are already in blocks keep their format, even with another number of bits.
 *
 * @throws RangeError from the returned function, for weights that are incompatible with the activations.
 */
export function keptFormats(
  file: Safetensors,
  weights: KeptWeights,
  activations: ActivationKind = 'f32',
): (spec: ParameterSpec) => WeightFormat {
  const wanted = weights === 'as stored' ? undefined : FORMATS[weights];
  return (spec) => {
    const entry = file.tensors.get(spec.name);
    const own = entry ? formatOfTensor(entry) : FORMATS.f32;
    const keepsBlocks = wanted?.isChoice && wanted.file.blocks && own.file.blocks;
    const format = wanted === undefined || keepsBlocks ? own : wanted;
    const isProduct = inputsOf(spec) !== undefined;
    return FORMATS[isProduct ? formatFor(activations, format.name) : format.formatOf(spec)];
  };
}
