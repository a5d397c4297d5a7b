import {
  flatParameterStore,
  FORMATS,
  type ParameterSpec,
  type ParameterStoreFactory,
  sizeOf,
} from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/addon-types.js';
import { updateFields } from './update-fields.js';
import { hugeFloats } from '../backend/aligned-floats.js';
import { asNative } from '../backend/native-backend.js';

/** Parameters in flat arrays, updated in place by one native call for all of them. */
export function nativeParameterStore(addon: Addon): ParameterStoreFactory {
  return (specs) => {
    const backend = asNative();
    const store = flatParameterStore(specs, hugeFloats(addon), {
      numbersOf: (gradient, spec) => backend.floats(checked(gradient, spec)),
      sumsOfSquares: (arrays, sums) => addon.sumsOfSquares({ arrays, sums }),
      update: ({ scale, ...pieces }) => addon.update(updateFields(pieces, Float32Array.of(scale))),
    });
    return { ...store, stored: (name) => ({ layout: FORMATS.f32, array: store.find(name) }) };
  };
}

/** @throws RangeError for a gradient that is none of the parameter. */
function checked(gradient: tf.Tensor | undefined, { name, shape }: ParameterSpec): tf.Tensor {
  if (gradient?.dtype !== 'float32' || gradient.size !== sizeOf(shape)) {
    const got = gradient ? `${gradient.dtype} [${gradient.shape.join(',')}]` : 'none';
    throw new RangeError(`gradient of ${name}: expected float32 [${shape.join(',')}], got ${got}`);
  }
  return gradient;
}
