// One side of train-step.mjs: whole training steps on an engine of this project.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { createModel, train, trainingConfig } from '@ramble/core';

const models = {
  A: [{ vocabSize: 65, contextLength: 64, nLayer: 4, nHead: 4, nEmbd: 128 }, 12],
  B: [{ vocabSize: 65, contextLength: 256, nLayer: 6, nHead: 6, nEmbd: 384 }, 8],
  C: [{ vocabSize: 50257, contextLength: 64, nLayer: 12, nHead: 12, nEmbd: 768 }, 4],
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: 'string', default: '5' } },
});
const [engine, name] = positionals;
await (await import(`@ramble/${engine}`))[`${engine}Engine`].load();
const [config, batchSize] = models[name];
const tokens = Int32Array.from({ length: batchSize * config.contextLength }, (_, i) => {
  return (i * 7919) % config.vocabSize;
});
const batch = {
  tokens,
  batchSize,
  targets: tokens.map((_, i) => tokens[(i + 1) % tokens.length]),
  weights: new Float32Array(tokens.length).fill(1),
};
const steps = train({
  model: createModel(config),
  config: trainingConfig({ dropout: 0, maxSteps: 1e6, saveInterval: 1e6, evalInterval: 1e6 }),
  batches: { batch: () => Promise.resolve(batch) },
  clock: performance,
});

/** Milliseconds of one step. */
async function step() {
  const start = performance.now();
  await steps.next();
  return performance.now() - start;
}

for (let i = 0; i < 3; i++) await step();
for await (const request of createInterface({ input: process.stdin })) {
  if (request !== 'go') throw new Error(`bench: expected go, got ${request}`);
  const milliseconds = [];
  for (let i = 0; i < Number(values.steps); i++) milliseconds.push(await step());
  const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ milliseconds, peakMegabytes }));
}
