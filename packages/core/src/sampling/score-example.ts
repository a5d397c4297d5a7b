import type { TokenExample } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { positionLosses } from '../training/evaluate-loss.js';
import { packExamples } from '../training/pack-examples.js';

/**
 * Log-probability of each token of an example given the ones before it, in nats.
 *
 * @returns one for every token but the first, whatever its loss weight.
 * @throws RangeError when the example is longer than the context and one token.
 */
export function scoreExample(model: Model, example: TokenExample): Float64Array {
  const batch = packExamples([example], model.config.contextLength);
  return Float64Array.from(positionLosses(model, batch), (loss) => -loss);
}
