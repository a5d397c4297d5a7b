import {
  flatParameters,
  type ParameterSpec,
  type ParameterStore,
  type ParameterStoreFactory,
  sizeOf,
  slotsOf,
} from '@ramble/core';
import type * as tf from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/addon-types.js';
import { hugeFloats } from '../backend/aligned-floats.js';
import { asNative, type NativeBackend } from '../backend/native-backend.js';

/** Parameters in flat arrays, updated in place by one native call for all of them. */
export function nativeParameterStore(addon: Addon): ParameterStoreFactory {
  return (specs) => createStore(specs, addon);
}

function createStore(specs: readonly ParameterSpec[], addon: Addon): ParameterStore {
  const backend = asNative();
  const { store, flat, find, release } = flatParameters(specs, hugeFloats(addon));
  const decays = Uint8Array.from(specs, ({ shape }) => (shape.length > 1 ? 1 : 0));
  return {
    ...store,
    update: (gradients, rule, clipNorm) => {
      release();
      return addon.update({
        gradients: specs.map((spec) => gradientOf(spec, gradients, backend)),
        decays,
        values: flat(),
        mean: flat('mean'),
        variance: slotsOf(rule.kind).includes('variance') ? flat('variance') : null,
        clipNorm,
        rule,
      });
    },
    stored: (name) => ({ kind: 'f32', values: find(name) }),
  };
}

function gradientOf(
  { name, shape }: ParameterSpec,
  gradients: Readonly<Record<string, tf.Tensor>>,
  backend: NativeBackend,
): Float32Array {
  const gradient = gradients[name] as tf.Tensor | undefined; // a record may lack a name
  if (gradient?.dtype !== 'float32' || gradient.size !== sizeOf(shape)) {
    const got = gradient ? `${gradient.dtype} [${gradient.shape.join(',')}]` : 'none';
    throw new RangeError(`gradient of ${name}: expected float32 [${shape.join(',')}], got ${got}`);
  }
  return backend.floats(gradient);
}
