import { type Model, modelOf } from './model-in-use.js';
import { parameterSpecs } from './model-parameters.js';
import {
  type AdapterSettings,
  adaptersOf,
  type ModelAdapters,
} from '../parameters/adapter-kinds.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import { type ParameterStore, storedIn } from '../parameters/parameter-store.js';
import { initialValues } from '../parameters/parameter.js';

/**
 * Returns a model with new adapters. It keeps the given model's parameters in their stored format and does not
 * train them. Disposing of the adapted model disposes of both.
 *
 * @param seed - Seed of the initial values of the adapters; without it they are zeros, for the caller to write.
 * @returns the model itself if the settings choose no adapters.
 * @throws RangeError if the model has none of the targets, or has adapters already.
 */
export function adaptModel(model: Model, settings: AdapterSettings, seed?: number): Model {
  const adapters = adaptersOf(model.config, settings);
  if (!adapters) return model;
  if (model.parameters.adapters) {
    throw new RangeError(
      'model: expected one without adapters, got one with adapters; merge them first',
    );
  }
  const parameters = adaptedStore(model.parameters, adapters);
  if (seed !== undefined) {
    // After the model's indices, because a model of the same seed began with their random numbers.
    const first = parameterSpecs(model.config).length;
    adapters.specs.forEach((spec, index) => {
      parameters.write(spec.name, initialValues(spec, seed, first + index));
    });
  }
  return modelOf(model.config, parameters, model.decoder.cacheFormat);
}

/**
 * Makes a store of adapters, filled with zeros, over the frozen parameters of a base. A parameter of the base is read
 * with its adapter merged.
 */
function adaptedStore(base: ParameterStore, adapters: ModelAdapters): ParameterStore {
  const own = createParameterStore(adapters.specs);
  const names = new Set(adapters.specs.map(({ name }) => name));
  return {
    ...own,
    adapters,
    base,
    tensors: () => ({ ...base.tensors(), ...own.tensors() }),
    read: (name, slot) => {
      if (slot || names.has(name)) return own.read(name, slot);
      const values = base.read(name);
      const [, prefix, parameter] = /^(.*)\.(weight|bias)$/.exec(name) ?? [];
      const layer = adapters.layers.get(prefix);
      if (!layer) return values;
      return adapters.merged(layer, parameter as 'weight' | 'bias', values, (each) =>
        own.read(each),
      ); // by the pattern
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
