import { applyUpdate } from './apply-update.js';
import { flatParameters } from './flat-parameters.js';
import { clipFactor } from './clip-factor.js';
import type { Slot } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import type { ParameterStore } from './parameter-store.js';

/** Parameters in flat JavaScript arrays, for backends that have no store of their own. */
export function hostParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  const { store, find, release } = flatParameters(specs, (length) => new Float32Array(length));
  return {
    ...store,
    update: (gradients, rule, clipNorm) => {
      const arrays = specs.map(({ name }) => gradients[name].dataSync<'float32'>());
      const norm = Math.sqrt(arrays.reduce((sum, array) => sum + sumOfSquares(array), 0));
      if (!Number.isFinite(norm)) return norm;
      release();
      const scale = clipFactor(norm, clipNorm);
      specs.forEach(({ name, shape }, i) => {
        const slot = (kind: Slot): Float32Array => find(name, kind);
        applyUpdate(rule, find(name), arrays[i], slot, { scale, decays: shape.length > 1 });
      });
      return norm;
    },
  };
}

function sumOfSquares(array: Float32Array): number {
  let sum = 0;
  for (const value of array) sum += value * value;
  return sum;
}
