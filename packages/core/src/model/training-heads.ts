import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
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
 * Checks that a model has exactly the heads of a training.
 *
 * @throws TypeError unless a model has just the heads of a training.
 */
export function checkHeads(
  {
    config,
    parameters,
  }: { readonly config: ModelConfig; readonly parameters: Pick<ParameterStore, 'specs'> },
  training: TrainingConfig,
): void {
  const expected = trainingHeads(config, training).map(({ name }) => name);
  const own = new Set(parameterSpecs(config).map(({ name }) => name));
  const found = parameters.specs.map(({ name }) => name).filter((name) => !own.has(name));
  if (found.join() === expected.join()) return;
  const wanted =
    expected.length === 0 ? 'no training heads' : `the training heads ${expected.join(', ')}`;
  const got = found.join(', ') || 'none';
  throw new TypeError(`model: expected ${wanted}, got ${got}; withTrainingHeads makes them`);
}
