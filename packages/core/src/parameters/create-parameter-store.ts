import { currentEngine } from '../ops/define-op.js';
import { flatParameterStore, type UpdateKernels } from './flat-parameter-store.js';
import { applyUpdate } from './apply-update.js';
import type { UpdateSlot } from './optimizer.js';
import type { ParameterEngine, ParameterStore } from './parameter-store.js';
import type { ParameterSpec } from './parameter.js';
import { UPDATE_CHUNK } from './update-pieces.js';

/**
 * Makes a parameter store filled with zeros: the current engine's own kind if it has one, otherwise
 * JavaScript arrays.
 */
export function createParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  const engine: ParameterEngine | undefined = currentEngine();
  return (engine?.createParameterStore ?? hostParameterStore)(specs);
}

/** Parameters in flat JavaScript arrays, for backends without a store. */
export function hostParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  return flatParameterStore(specs, (length) => new Float32Array(length), KERNELS);
}

/** Kernels of a store in plain TypeScript, the reference for engines. */
const KERNELS: UpdateKernels = {
  numbersOf: (gradient) => gradient.dataSync<'float32'>(),
  sumsOfSquares: (arrays, sums) => {
    let chunk = 0;
    for (const array of arrays) {
      for (let start = 0; start < array.length; start += UPDATE_CHUNK) {
        sums[chunk++] = sumOfSquares(array.subarray(start, start + UPDATE_CHUNK));
      }
    }
  },
  update: ({ gradients, decays, values, slot, rule, scale }) => {
    let start = 0;
    gradients.forEach((gradient, i) => {
      const end = start + gradient.length;
      const own = (kind: UpdateSlot): Float32Array => slot(kind).subarray(start, end);
      applyUpdate(rule, values[i], gradient, own, { scale, decays: decays[i] === 1 });
      start = end;
    });
  },
};

function sumOfSquares(array: Float32Array): number {
  let sum = 0;
  for (const value of array) sum += value * value;
  return sum;
}
