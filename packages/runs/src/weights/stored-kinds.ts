import {
  type ActivationKind,
  blockBytes,
  inputsOf,
  isBlockKind,
  keptFor,
  type ParameterSpec,
  storedAs,
  type StoredKind,
} from '@ramble/core';
import type { Safetensors } from '../safetensors/open-safetensors.js';
import type { TensorEntry } from '../safetensors/safetensors-header.js';

/** The format of weights: one for all matrices, or that of each in its file. */
export type KeptWeights = StoredKind | 'as stored';

/** What a tensor of a file is kept as; U8 is one of the kinds that lie in blocks. */
export function kindOfTensor({ dtype, shape }: TensorEntry): StoredKind {
  switch (dtype) {
    case 'U8':
      return shape.at(-1) === blockBytes('q8') ? 'q8' : 'q4';
    case 'I8':
      return 'int8';
    case 'F16':
      return 'f16';
    default:
      return 'f32';
  }
}

/** The narrowest form of the matrices in a file. */
export function storedKind({ tensors }: Safetensors): StoredKind {
  const kinds = new Set([...tensors.values()].map(kindOfTensor));
  return (['q4', 'q8', 'int8', 'f16'] as const).find((kind) => kinds.has(kind)) ?? 'f32';
}

/**
 * What each parameter of a file becomes when its weights are wanted in some format. A q4 model keeps the matrices
 * that lie in blocks already, whatever their bits.
 *
 * @throws RangeError from the function that it returns, for weights that do not go with the activations.
 */
export function keptKinds(
  file: Safetensors,
  weights: KeptWeights,
  activations: ActivationKind = 'f32',
): (spec: ParameterSpec) => StoredKind {
  return (spec) => {
    const entry = file.tensors.get(spec.name);
    const own = entry ? kindOfTensor(entry) : 'f32';
    const isKept = weights === 'as stored' || (weights === 'q4' && isBlockKind(own));
    const kind = isKept ? own : weights;
    return inputsOf(spec) === undefined ? storedAs(spec, kind) : keptFor(activations, kind);
  };
}
