import type { ModelConfig } from '../config/model-config.js';
import type { TrainingConfig } from '../config/training-config.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { type Computation, recordProgram } from '../program/record-program.js';
import { batchGradients, passOptions } from './gradients.js';
import { targetsOf, type TargetTokens, targetTokens } from './objective.js';

/** The numbers of a batch by name. */
export function inputsOf(
  { tokens, lengths, prefixLengths }: TrainingBatch,
  targets: readonly TargetTokens[],
): Record<string, Float32Array | Int32Array> {
  return {
    tokens,
    ...(lengths && { lengths }),
    ...(prefixLengths && { prefixLengths }),
    ...Object.fromEntries(targets.map(({ ids }, i) => [`targets.${i}`, ids])),
    ...Object.fromEntries(targets.map(({ weights }, i) => [`weights.${i}`, weights])),
  };
}

/** Records the program of batches of this shape. */
export function recordTraining(
  {
    config: model,
    decoder,
    parameters: { specs },
  }: Pick<Model, 'config' | 'decoder' | 'parameters'>,
  batch: TrainingBatch,
  config: TrainingConfig,
  layers: readonly number[],
): ReturnType<typeof recordProgram> {
  const computation = (number: 0 | 1): Computation => {
    return (parameters, input) => {
      const sample = sampleOf(model, batch, number);
      const tokens = targetTokens(model, sample, { next: 1 + number, second: 1 + number }, config);
      for (const [name, numbers] of Object.entries(inputsOf(sample, tokens))) input(name, numbers);
      const objective = { layers, targets: targetsOf(model, parameters, tokens) };
      const learning = { decoder, specs, parameters };
      return batchGradients(learning, sample, objective, passOptions(config, number));
    };
  };
  return recordProgram(specs, [computation(0), computation(1)]);
}

/** One of two batches of this shape that differ in all their numbers. */
function sampleOf(
  { vocabSize }: ModelConfig,
  { tokens, batchSize, lengths, prefixLengths }: TrainingBatch,
  number: 0 | 1,
): TrainingBatch {
  const T = tokens.length / batchSize;
  const ids = (): Int32Array => new Int32Array(tokens.length).fill(Math.min(number, vocabSize - 1));
  return {
    batchSize,
    tokens: ids(),
    targets: ids(),
    weights: new Float32Array(tokens.length).fill(1 + number),
    lengths: lengths && new Int32Array(batchSize).fill(T - number),
    prefixLengths: prefixLengths && new Int32Array(batchSize).fill(number),
  };
}
