import {
  type ParameterSpec,
  type ParameterStore,
  type ParameterStoreFactory,
  type Slot,
  sizeOf,
  type UpdateRule,
} from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/addon-types.js';
import { asNative, type NativeBackend } from '../backend/native-backend.js';

/** Parameters in flat arrays, updated in place by one native call for all of them. */
export function nativeParameterStore(addon: Addon): ParameterStoreFactory {
  return (specs) => createStore(specs, addon);
}

function createStore(specs: readonly ParameterSpec[], addon: Addon): ParameterStore {
  const backend = asNative();
  const places = new Map<string, { start: number; end: number }>();
  let total = 0;
  for (const { name, shape } of specs) {
    places.set(name, { start: total, end: (total += sizeOf(shape)) });
  }
  const decays = Uint8Array.from(specs, ({ shape }) => (shape.length > 1 ? 1 : 0));
  const values = newFloats(total, addon);
  // Sampling needs no moments, so they take memory when the first update or write asks for them.
  const slots: Partial<Record<Slot, Float32Array>> = {};
  const slot = (kind: Slot): Float32Array => (slots[kind] ??= newFloats(total, addon));
  let tensors: Record<string, tf.Tensor> | undefined;
  const release = (): void => {
    tf.dispose(tensors);
    tensors = undefined;
  };
  const find = (name: string, kind?: Slot): Float32Array => {
    const place = places.get(name);
    if (!place) throw new RangeError(`${name}: expected a parameter of this model`);
    return (kind ? slot(kind) : values).subarray(place.start, place.end);
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
      release();
      return addon.update(
        specs.map((spec) => gradientOf(spec, gradients, backend)),
        decays,
        values,
        slot('mean'),
        rule.kind === 'adam' ? slot('variance') : slot('mean'), // SGD never touches the other slot
        ...ruleArguments(rule, clipNorm),
      );
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
    stored: (name) => ({ kind: 'f32', values: find(name) }),
    dispose: release,
  };
}

function newFloats(length: number, addon: Addon): Float32Array {
  const array = new Float32Array(length);
  addon.useHugePages(array, length);
  return array;
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

/** From isAdam to count. */
function ruleArguments(
  rule: UpdateRule,
  clipNorm: number,
): [boolean, number, number, number, number, number, number, boolean, number] {
  const { learningRate, weightDecay } = rule;
  if (rule.kind === 'sgd') {
    return [false, learningRate, weightDecay, clipNorm, rule.momentum, 0, 0, rule.nesterov, 0];
  }
  const { beta1, beta2, eps, decay, count } = rule;
  const isDecoupled = decay === 'decoupled';
  return [true, learningRate, weightDecay, clipNorm, beta1, beta2, eps, isDecoupled, count];
}
