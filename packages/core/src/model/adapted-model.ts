import * as tf from '@tensorflow/tfjs-core';

import { type Model, modelOf } from './model-in-use.js';
import { parameterSpecs } from './model-parameters.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { initialValues } from '../parameters/parameter.js';
import type { StoredNumbers } from '../parameters/weight-format.js';
import { type Lora, type LoraLayer, loraOf, type LoraSettings } from '../parameters/lora.js';

/**
 * Returns a model with new adapters. It keeps the given model's parameters in their stored format and does not
 * train them. Disposing of the adapted model disposes of both.
 *
 * @param seed - Seed of the initial values of the adapters; without it they are zeros, for the caller to write.
 * @returns the model itself if the rank is 0.
 * @throws RangeError if the model has none of the targets, or has adapters already.
 */
export function adaptModel(model: Model, settings: LoraSettings, seed?: number): Model {
  const lora = loraOf(model.config, settings);
  if (!lora) return model;
  if (model.parameters.lora) {
    throw new RangeError(
      'model: expected one without adapters, got one with adapters; merge them first',
    );
  }
  const parameters = adaptedStore(model.parameters, lora);
  if (seed !== undefined) {
    // After the model's indices, because a model of the same seed began with their random numbers.
    const first = parameterSpecs(model.config).length;
    lora.specs.forEach((spec, index) => {
      parameters.write(spec.name, initialValues(spec, seed, first + index));
    });
  }
  return modelOf(model.config, parameters, model.decoder.cacheFormat);
}

/**
 * Makes a store of adapters, filled with zeros, over the frozen parameters of a base. A parameter of the base is read
 * with the product of its adapter added, `W + scale A B`.
 */
function adaptedStore(base: ParameterStore, lora: Lora): ParameterStore {
  const own = createParameterStore(lora.specs);
  const names = new Set(lora.specs.map(({ name }) => name));
  return {
    ...own,
    lora,
    base,
    tensors: () => ({ ...base.tensors(), ...own.tensors() }),
    read: (name, slot) => {
      if (slot || names.has(name)) return own.read(name, slot);
      const layer = lora.layers.get(name.replace(/\.weight$/, ''));
      const values = base.read(name);
      return layer ? merged(values, layer, lora, own) : values;
    },
    ...(own.stored &&
      base.stored && {
        stored: (name: string) => storedIn(names.has(name) ? own : base, name),
      }),
    activations: base.activations,
    dispose: () => {
      own.dispose();
      base.dispose();
    },
  };
}

function storedIn(store: ParameterStore, name: string): StoredNumbers {
  if (store.stored) return store.stored(name);
  throw new TypeError(`${name}: its store has no stored numbers`);
}

function merged(
  values: Float32Array,
  { name, inDim, outDim, parts }: LoraLayer,
  { scale, settings }: Lora,
  own: ParameterStore,
): Float32Array {
  const columns = parts.length * settings.loraRank;
  const sum = tf.tidy(() => {
    const down = tf.tensor2d(own.read(`${name}.lora.down.weight`), [inDim, columns]);
    const up = tf.tensor2d(own.read(`${name}.lora.up.weight`), [columns, outDim]);
    return tf.add(tf.tensor2d(values, [inDim, outDim]), tf.mul(tf.matMul(down, up), scale));
  });
  const result = sum.dataSync<'float32'>().slice();
  sum.dispose();
  return result;
}
