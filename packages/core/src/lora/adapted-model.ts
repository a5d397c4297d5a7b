import * as tf from '@tensorflow/tfjs-core';

import { type Model, modelOf } from '../model/model-in-use.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { initialValues } from '../parameters/parameter.js';
import { type Lora, loraOf, type LoraSettings } from './lora.js';

/**
 * Returns a model with new adapters. Its other parameters are those of the given model, which stay as they are stored
 * and are not trained. Disposing of the adapted model disposes of both.
 *
 * @param seed - Seed of the initial values of the adapters.
 * @returns the model itself if the rank is 0.
 * @throws RangeError for targets of which the model has none, and for a model that has adapters already.
 */
export function adaptModel(model: Model, settings: LoraSettings, seed: number): Model {
  const lora = loraOf(model.config, settings);
  if (!lora) return model;
  if (model.parameters.lora) {
    throw new RangeError(
      'model: expected one without adapters, got one with adapters; merge them first',
    );
  }
  const parameters = adaptedStore(model.parameters, lora);
  lora.specs.forEach((spec, index) => {
    parameters.write(spec.name, initialValues(spec, seed, index));
  });
  return modelOf(model.config, parameters);
}

/** Makes a store of adapters, filled with zeros, over the frozen parameters of a base. */
function adaptedStore(base: ParameterStore, lora: Lora): ParameterStore {
  const own = createParameterStore(lora.specs);
  const names = new Set(lora.specs.map(({ name }) => name));
  const storeOf = (name: string): ParameterStore => (names.has(name) ? own : base);
  const areStored = own.stored && base.stored;
  return {
    ...own,
    lora,
    tensors: () => ({ ...base.tensors(), ...own.tensors() }),
    read: (name, slot) => (slot ? own : storeOf(name)).read(name, slot),
    ...(areStored && { stored: (name: string) => storedIn(storeOf(name), name) }),
    activations: base.activations,
    dispose: () => {
      own.dispose();
      base.dispose();
    },
  };
}

function storedIn(
  store: ParameterStore,
  name: string,
): ReturnType<NonNullable<ParameterStore['stored']>> {
  if (store.stored) return store.stored(name);
  throw new TypeError(`${name}: expected stored numbers, got none`);
}

/**
 * Returns a parameter of an adapted model with the product of its adapter added, `W + scale A B`.
 *
 * @returns a new array, row-major.
 */
export function mergedValues({ parameters }: Model, name: string): Float32Array {
  const values = parameters.read(name);
  const { lora } = parameters;
  const layer = lora?.layers.get(name.replace(/\.weight$/, ''));
  if (!lora || !layer) return values;
  const { inDim, outDim, parts } = layer;
  const columns = parts.length * lora.settings.loraRank;
  const merged = tf.tidy(() => {
    const [down, up] = (['down', 'up'] as const).map((each) =>
      parameters.read(`${layer.name}.lora.${each}.weight`),
    );
    const product = tf.matMul(
      tf.tensor2d(down, [inDim, columns]),
      tf.tensor2d(up, [columns, outDim]),
    );
    return tf.add(tf.tensor2d(values, [inDim, outDim]), tf.mul(product, lora.scale));
  });
  const result = merged.dataSync<'float32'>().slice();
  merged.dispose();
  return result;
}
