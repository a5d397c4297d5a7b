import {
  type AttentionPattern,
  createModel,
  cropBatches,
  memoryTokens,
  type ModelConfig,
  train,
  type TrainingConfig,
  trainingConfig,
} from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose } from '../assert-close.js';
import { assertEqual } from '../assert-equal.js';
import { fixedText } from './fixed-text.js';
import { onReference } from './on-reference.js';

const shape = { vocabSize: 29, contextLength: 17, nHead: 3, nEmbd: 21, mlpDim: 33 };
const settings = {
  batchSize: 2,
  gradAccumSteps: 2,
  maxSteps: 10,
  warmupSteps: 5,
  learningRate: 3e-3,
  dropout: 0.1,
  seed: 9,
};

interface Run {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

/**
 * Ten steps with dropout and accumulation go as in the composed form: the same losses, gradient
 * norms, and no tensor left behind.
 */
export async function checkTraining(
  attention: AttentionPattern,
  model: Partial<ModelConfig> = {},
): Promise<void> {
  const actual = await run(attention, { model });
  const expected = await onReference(['training', attention, model], () =>
    run(attention, { model }),
  );
  assertClose('losses', actual.losses, expected.losses, { atol: 1e-3 });
  assertClose('gradient norms', actual.norms, expected.norms, { rtol: 1e-2 });
}

/** Blocks that are computed again in the backward pass change no bit. */
export async function checkRecompute(): Promise<void> {
  const actual = await run('relative', { training: { recompute: true } });
  const expected = await run('relative');
  assertClose('losses', actual.losses, expected.losses, { atol: 0 });
  assertClose('gradient norms', actual.norms, expected.norms, { atol: 0 });
}

/** Settings of a run that others do not have. */
interface Given {
  readonly model?: Partial<ModelConfig>;
  readonly training?: Partial<TrainingConfig>;
}

async function run(attention: AttentionPattern, given: Given = {}): Promise<Run> {
  const config = trainingConfig({ ...settings, ...given.training });
  const { contextLength, vocabSize } = shape;
  const { batchSize, seed } = config;
  const text = memoryTokens(fixedText(200, vocabSize));
  const batches = cropBatches(text, { contextLength, batchSize, seed });
  const nLayer = attention.split(',').length; // one of each kind
  const model = createModel({ ...shape, nLayer, attention, ...given.model }, { seed });
  model.parameters.tensors(); // counted before and after
  const tensors = tf.memory().numTensors;
  const [losses, norms]: [number[], number[]] = [[], []];
  for await (const report of train({ model, config, batches, clock: { now: () => 0 } })) {
    if (report.kind !== 'step') continue;
    losses.push(report.loss);
    norms.push(report.gradientNorm);
  }
  model.parameters.tensors();
  assertEqual('tensors left behind', tf.memory().numTensors - tensors, 0);
  model.dispose();
  return { losses, norms };
}
