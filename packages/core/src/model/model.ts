import { type ModelConfig, modelConfig } from '../config/model-config.js';
import { TRAINING_SETTINGS, type TrainingConfig } from '../config/training-config.js';
import type { AdapterBase, Adapters } from '../parameters/adapter-kind.js';
import {
  adapterKindOf,
  type AdapterName,
  type AdapterSettings,
  type ModelAdapters,
} from '../parameters/adapter-kinds.js';
import { loraAdapters } from '../parameters/lora.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { initialValues } from '../parameters/parameter.js';
import { storedIn } from '../parameters/weight-format.js';
import { checkSetting } from '../settings/check-settings.js';
import { type Model, modelOf } from './model-in-use.js';
import { parameterSpecs, trainingHeads } from './model-parameters.js';

export type { Model } from './model-in-use.js';

/**
 * Returns a model with other settings that shares the parameters of the given model. Only settings on which no
 * parameter depends may differ, such as memory or mask. Disposing of either model disposes of both.
 */
export function withConfig(model: Model, config: ModelConfig): Model {
  return modelOf(config, model.parameters, model.decoder.cacheFormat);
}

/** Makes a model whose parameters are all zero, for the caller to write. */
export function emptyModel(given: Readonly<Partial<ModelConfig>>): Model {
  const config = modelConfig(given);
  const parameters = createParameterStore(parameterSpecs(config));
  return modelOf(config, parameters);
}

/**
 * Makes a model with GPT-2's initial parameters. The same seed produces the same parameters on every engine.
 *
 * @throws TypeError or RangeError that names a wrong setting.
 */
export function createModel(
  given: Readonly<Partial<ModelConfig>>,
  { seed = 0 }: { seed?: number } = {},
): Model {
  checkSetting('seed', TRAINING_SETTINGS.seed, seed);
  const model = emptyModel(given);
  model.parameters.specs.forEach((spec, index) => {
    model.parameters.write(spec.name, initialValues(spec, seed, index));
  });
  return model;
}

/**
 * Returns a model with the heads that only training uses. They are in the same store, so that one norm clips
 * all gradients.
 *
 * @param model - Replaced by the returned model: the caller may not use it any more.
 */
export function withTrainingHeads(model: Model, training: TrainingConfig): Model {
  const heads = trainingHeads(model.config, training);
  if (heads.length === 0) return model;
  const own = parameterSpecs(model.config);
  const parameters = createParameterStore([...own, ...heads]);
  for (const { name } of own) parameters.write(name, model.parameters.read(name));
  heads.forEach((spec, i) => {
    parameters.write(spec.name, initialValues(spec, training.seed, own.length + i));
  });
  model.dispose();
  return modelOf(model.config, parameters);
}

/** Numbers of tokens and positions of a model. */
export type ModelSizes = Pick<ModelConfig, 'vocabSize' | 'contextLength'>;

/**
 * Resizes a model for another context length, or for more tokens. A shorter context drops the later
 * positions: the model computes the same for sequences that fit. A longer context repeats the learned positions,
 * so that the vectors of neighbours stay neighbours. New tokens follow the others and are initialized as in a new
 * model.
 *
 * @param seed - Seed of the initial values of new tokens.
 * @returns a separate model, which the caller disposes of.
 * @throws RangeError if `vocabSize` is below the number of the model's tokens.
 * @see Beltagy et al. 2020, section 5 (repeated positions), https://arxiv.org/abs/2004.05150
 */
export function resizeModel(
  { config, parameters }: Model,
  { vocabSize, contextLength }: ModelSizes,
  seed: number,
): Model {
  if (vocabSize < config.vocabSize) {
    throw new RangeError(
      `vocabSize: expected at least ${config.vocabSize}, the number of the model's tokens, got ${vocabSize}`,
    );
  }
  const resized = emptyModel({ ...config, vocabSize, contextLength });
  resized.parameters.specs.forEach((spec, index) => {
    const values = parameters.read(spec.name);
    if (spec.rows === 'positions') {
      resized.parameters.write(spec.name, repeated(values, contextLength * config.nEmbd));
    } else if (spec.rows === 'tokens') {
      const rows = initialValues(spec, seed, index);
      rows.set(values);
      resized.parameters.write(spec.name, rows);
    } else {
      resized.parameters.write(spec.name, values);
    }
  });
  return resized;
}

/** Repeats values until they have the given length. */
function repeated(values: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => values[i % values.length]);
}

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

/** The computation of each kind of adapters. */
const ADAPTERS: Readonly<
  Record<AdapterName, (base: AdapterBase, settings: AdapterSettings) => Adapters>
> = { LoRA: loraAdapters };

/**
 * Compiles the adapters of a model.
 *
 * @returns `undefined` if the settings choose no kind.
 * @throws RangeError if the model has none of the targets.
 */
export function adaptersOf(
  base: AdapterBase,
  settings: AdapterSettings,
): ModelAdapters | undefined {
  const kind = adapterKindOf(settings);
  return kind && { ...ADAPTERS[kind.name](base, settings), settings };
}
