/**
 * Transformer-XL's memory compared with GPT-2's window, loss and cost of a token against context:
 *   recurrence.mjs FILE [steps] [context length] [tokens to measure]
 * Trains one model of each kind, equal in size but for positions, and measures both on the validation
 * text: GPT-2 in windows that overlap more and more, Transformer-XL with a longer and longer memory.
 */
import {
  countParameters,
  createModel,
  cropBatches,
  evaluateLoss,
  memoryTokens,
  modelConfig,
  streamBatches,
  streamWindows,
  train,
  trainingConfig,
  windowBatches,
  withConfig,
} from '@ramble/core';
import { nativeEngine } from '@ramble/native';

import { readCharacters } from './characters.mjs';

const [path, steps = '1000', context = '64', count = '20000'] = process.argv.slice(2);
if (path === undefined)
  throw new Error('recurrence.mjs: the first argument must be a file of text');
const contextLength = Number(context);
const config = trainingConfig({ maxSteps: Number(steps), batchSize: 12 });

await nativeEngine.load();
const { vocabSize, train: source, validation } = readCharacters(path);
const measured = memoryTokens(await validation.read(0, Math.min(Number(count), validation.length)));
const shape = { vocabSize, contextLength, nLayer: 4, nHead: 4, nEmbd: 128 };

console.log('| model | parameters | context of a token | loss | ms a token |');
console.log('| --- | ---: | --- | ---: | ---: |');
const window = { contextLength, batchSize: config.batchSize };
const gpt2 = await learn({}, cropBatches(source, { ...window, seed: 0 }));
for (const stride of [contextLength, contextLength / 2, contextLength / 8]) {
  const least = contextLength - stride;
  await report('GPT-2', gpt2, `${least} to ${contextLength}`, () =>
    windowBatches(measured, { ...window, stride }),
  );
}
const xl = await learn(
  { attention: 'transformer-xl' },
  streamBatches(source, { ...window, seed: 0 }),
);
for (const memory of [0, 1, 2, 4].map((times) => times * contextLength)) {
  const remembering = withConfig(xl, modelConfig({ ...xl.config, memory }));
  await report('Transformer-XL', remembering, `${memory} to ${memory + contextLength}`, () =>
    streamWindows(measured, window),
  );
}

async function learn(given, batches) {
  const model = createModel({ ...shape, ...given }, { seed: 0 });
  const clock = { now: () => performance.now() };
  for await (const _ of train({ model, config, batches, clock })) void _;
  return model;
}

async function report(name, model, seen, batches) {
  const start = performance.now();
  const { loss, tokens } = await evaluateLoss(model, batches());
  const milliseconds = (performance.now() - start) / tokens;
  const parameters = countParameters(model.config).toLocaleString('en');
  console.log(
    `| ${name} | ${parameters} | ${seen} | ${loss.toFixed(4)} | ${milliseconds.toFixed(3)} |`,
  );
}
