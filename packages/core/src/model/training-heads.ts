import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import { createParameterStore } from '../parameters/create-parameter-store.js';
import type { Model } from './model.js';
import { modelOf } from './model-in-use.js';
import { initialValues } from '../parameters/initial-values.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import { parameterSpecs } from './model-parameters.js';

/** Name of the head that predicts the token after the next, `[V, C]`. */
export const SECOND_HEAD = 'secondHead.weight';

/** Parameters that training learns in addition to the model's. */
export function trainingHeads(
  { vocabSize, nEmbd }: ModelConfig,
  { secondTarget }: TrainingConfig,
): ParameterSpec[] {
  if (secondTarget === 0) return [];
  const initializer = { kind: 'normal', deviation: 0.02 } as const; // as the token embedding
  return [{ name: SECOND_HEAD, shape: [vocabSize, nEmbd], initializer, part: 'output' }];
}

/**
 * A model with the heads that only training uses, in one store, so that one norm clips all
 * gradients.
 *
 * @param model - Taken over: the one returned is the caller's in its place.
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

/**
 * Checks that a model has exactly the heads of a training.
 *
 * @throws TypeError unless a model has just the heads of a training.
 */
export function checkHeads({ config, parameters }: Model, training: TrainingConfig): void {
  const expected = trainingHeads(config, training).map(({ name }) => name);
  const own = new Set(parameterSpecs(config).map(({ name }) => name));
  const found = parameters.specs.map(({ name }) => name).filter((name) => !own.has(name));
  if (found.join() === expected.join()) return;
  const wanted =
    expected.length === 0 ? 'no training heads' : `the training heads ${expected.join(', ')}`;
  const got = found.join(', ') || 'none';
  throw new TypeError(`model: expected ${wanted}, got ${got}; withTrainingHeads makes them`);
}
