import type { TokenExample } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import { positionLosses } from '../training/evaluate-loss.js';
import { packExamples } from '../training/pack-examples.js';

/**
 * Log-probability of each token of an example given the ones before it, in nats.
 *
 * @returns one for every token but the first, whatever its loss weight.
 * @throws RangeError when the example is longer than the context and one token, unless the model
 *   remembers: it reads one segment after the other.
 */
export function scoreExample(model: Model, example: TokenExample): Float64Array {
  const { contextLength } = model.config;
  if (model.decoder.remembersSegments) return scoreSegments(model, example);
  const lossWeights = Array.from(example.tokens, () => 1);
  const batch = packExamples([{ ...example, lossWeights }], contextLength);
  return Float64Array.from(positionLosses(model, batch), (loss) => -loss);
}

function scoreSegments(model: Model, { tokens }: TokenExample): Float64Array {
  const { contextLength: T } = model.config;
  const ids = Array.from(tokens);
  const scores = new Float64Array(ids.length - 1);
  let memory: SegmentMemory | undefined;
  for (let start = 0; start < scores.length; start += T) {
    const segment = ids.slice(start, start + T + 1);
    const batch = packExamples([{ tokens: segment, lossWeights: segment.map(() => 1) }], T);
    const recall = recallOf(model.config, { ...batch, continues: start > 0 }, memory);
    scores.set(positionLosses(model, batch, recall).map((loss) => -loss), start); // prettier-ignore
    memory = recall?.remembered();
  }
  return scores;
}
