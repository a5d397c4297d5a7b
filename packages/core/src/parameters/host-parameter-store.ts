import * as tf from '@tensorflow/tfjs-core';

import { applyUpdate } from './apply-update.js';
import { clipFactor, type Slot } from './optimizer.js';
import { sizeOf, type ParameterSpec } from './parameter-specs.js';
import type { ParameterStore } from './parameter-store.js';

/** Parameters in flat JavaScript arrays, for backends that have no store of their own. */
export function hostParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  const total = specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const views = (flat: Float32Array): Map<string, Float32Array> => {
    let start = 0;
    return new Map(
      specs.map(({ name, shape }) => [name, flat.subarray(start, (start += sizeOf(shape)))]),
    );
  };
  const values = views(new Float32Array(total));
  // Sampling needs no moments, so they take memory when the first update or write asks for them.
  const slots: Partial<Record<Slot, Map<string, Float32Array>>> = {};
  const slot = (kind: Slot): Map<string, Float32Array> =>
    (slots[kind] ??= views(new Float32Array(total)));
  let tensors: Record<string, tf.Tensor> | undefined;

  const release = (): void => {
    tf.dispose(tensors);
    tensors = undefined;
  };
  const find = (name: string, kind?: Slot): Float32Array => {
    const found = (kind ? slot(kind) : values).get(name);
    if (!found) throw new RangeError(`${name}: expected a parameter of this model`);
    return found;
  };

  return {
    specs,
    tensors: () =>
      (tensors ??= Object.fromEntries(
        specs.map(({ name, shape }) => [
          name,
          tf.keep(tf.tensor(find(name), shape as number[])), // tfjs does not change shapes
        ]),
      )),
    update: (gradients, rule, clipNorm) => {
      const arrays = specs.map(({ name }) => gradients[name].dataSync<'float32'>());
      const norm = Math.sqrt(arrays.reduce((sum, array) => sum + sumOfSquares(array), 0));
      if (!Number.isFinite(norm)) return norm;
      release();
      const scale = clipFactor(norm, clipNorm);
      specs.forEach(({ name, shape }, i) => {
        // SGD keeps its velocity in `mean` and never touches the other slot.
        const variance = rule.kind === 'adam' ? find(name, 'variance') : find(name, 'mean');
        const memory = { mean: find(name, 'mean'), variance };
        applyUpdate(rule, find(name), arrays[i], memory, { scale, decays: shape.length > 1 });
      });
      return norm;
    },
    read: (name, kind) => find(name, kind).slice(),
    write: (name, written, kind) => {
      const place = find(name, kind);
      if (written.length !== place.length) {
        throw new RangeError(`${name}: expected ${place.length} values, got ${written.length}`);
      }
      if (!kind) release();
      place.set(written);
    },
    dispose: release,
  };
}

function sumOfSquares(array: Float32Array): number {
  let sum = 0;
  for (const value of array) sum += value * value;
  return sum;
}
