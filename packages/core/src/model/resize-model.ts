import type { ModelConfig } from '../config/model-config.js';
import { initialValues } from '../parameters/initial-values.js';
import { emptyModel, type Model } from './model.js';

/** Numbers of tokens and positions of a model. */
export type ModelSizes = Pick<ModelConfig, 'vocabSize' | 'contextLength'>;

/**
 * Resizes a model for another context length, or for more tokens. A shorter context drops the later
 * positions: the model computes the same on what fits. A longer one repeats the learned positions, so that
 * neighbours keep looking like neighbours. New tokens follow the others and are initialized as in a new
 * model.
 *
 * @param seed - Seed of the initial values of new tokens.
 * @returns a model of its own, the caller's to dispose of.
 * @throws RangeError when there would be fewer tokens.
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

/** Repeats values up to a length. */
function repeated(values: Float32Array, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => values[i % values.length]);
}
