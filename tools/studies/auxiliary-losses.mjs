/**
 * Whether auxiliary losses help a deep narrow character model at equal size and steps:
 *   auxiliary-losses.mjs FILE [steps] [seeds]
 * Trains with and without them from each seed, prints a line of JSON each and the margin at the end:
 * validation loss without them minus that with them.
 */
import {
  createModel,
  evaluateLoss,
  cropBatches,
  train,
  trainingConfig,
  windowBatches,
  withTrainingHeads,
} from '@ramble/core';
import { nativeEngine } from '@ramble/native';

import { readCharacters } from './characters.mjs';

const [path, steps = '600', seeds = '3'] = process.argv.slice(2);
if (path === undefined)
  throw new Error('auxiliary-losses.mjs: the first argument must be a file of text');
const SHAPE = { nLayer: 16, nHead: 2, nEmbd: 64, contextLength: 64, positions: 'every-layer' };
/** The paper's. */
const OPTIMIZER = {
  ...{ optimizer: 'sgd', momentum: 0.99, learningRate: 0.003, weightDecay: 0 },
  ...{ schedule: 'constant', warmupSteps: 0 },
};
const AUXILIARY = { secondTarget: 0.5, intermediateLosses: true };

await nativeEngine.load();
const { vocabSize, train: source, validation } = readCharacters(path);
const margins = [];
for (let seed = 0; seed < Number(seeds); seed++) {
  const plain = await learn(seed, {});
  const helped = await learn(seed, AUXILIARY);
  margins.push(plain - helped);
}
console.log(JSON.stringify({ margins, mean: margins.reduce((a, b) => a + b, 0) / margins.length }));

async function learn(seed, losses) {
  const maxSteps = Number(steps);
  const config = trainingConfig({ ...OPTIMIZER, ...losses, seed, maxSteps, batchSize: 12 });
  const model = withTrainingHeads(createModel({ ...SHAPE, vocabSize }, { seed }), config);
  const window = { contextLength: SHAPE.contextLength, batchSize: config.batchSize };
  const batches = cropBatches(source, { ...window, seed });
  const start = performance.now();
  const clock = { now: () => performance.now() };
  for await (const _ of train({ model, config, batches, clock })) void _;
  const seconds = (performance.now() - start) / 1000;
  const { loss } = await evaluateLoss(model, windowBatches(validation, window));
  console.log(JSON.stringify({ seed, ...losses, steps: maxSteps, validationLoss: loss, seconds }));
  model.dispose();
  return loss;
}
