// Measures the cost and the saving of ranks with local updates (`--sync-every`): validation loss by
// tokens and by bytes that each rank sends to sums. Ranks are trainings of this process; the text
// is the repository's pages, and their last tenth is held out.
//
//   node tools/studies/local-updates.mjs 1 alone 10 50 100 200
//   node tools/studies/local-updates.mjs --outer-learning-rate 1 --outer-momentum 0 50
//
// The words are rows: numbers of updates between outer steps; 1 for ranks that add up gradients, which have the
// bytes of one process; `alone` for one rank with its share of the tokens.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import {
  createModel,
  cropBatches,
  memoryTokens,
  spreadBatches,
  train,
  trainingConfig,
  windowBatches,
} from '@ramble/core';
import { nativeEngine } from '@ramble/native';
import { inMemoryRanks, strategyFor } from '@ramble/parallel';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ranks: { type: 'string', default: '4' },
    steps: { type: 'string', default: '400' },
    'outer-learning-rate': { type: 'string', default: '0.7' },
    'outer-momentum': { type: 'string', default: '0.9' },
  },
});
const [RANKS, STEPS] = [Number(values.ranks), Number(values.steps)];
const QUARTER = STEPS / 4;
const CONTEXT = 64;
const SHAPE = { vocabSize: 256, contextLength: CONTEXT, nLayer: 3, nHead: 4, nEmbd: 128 };
const BATCH = 4;

await nativeEngine.load();
const bytes = Buffer.concat(pages().map((path) => readFileSync(path)));
const cut = Math.floor(0.9 * bytes.length);
const [learned, heldOut] = [bytes.subarray(0, cut), bytes.subarray(cut)].map(memoryTokens);

console.log(
  `| updates between meetings | ${[1, 2, 3, 4].map((n) => `${tokensAt(n * QUARTER)} tokens`).join(' | ')} | summed by each rank |`,
);
console.log(`| --- |${' --- |'.repeat(5)}`);
const outer = {
  outerLearningRate: Number(values['outer-learning-rate']),
  outerMomentum: Number(values['outer-momentum']),
};
for (const word of positionals) {
  if (word === '1') await row(word, RANKS, {});
  else if (word === 'alone') await row('one rank alone', 1, { gradAccumSteps: 1 });
  else await row(word, RANKS, { syncEvery: Number(word), ...outer });
}

/** Trains with some settings, and prints the losses after each quarter. */
async function row(name, count, settings) {
  const config = trainingConfig({
    ...{ batchSize: BATCH, gradAccumSteps: RANKS, maxSteps: STEPS, learningRate: 2e-3 },
    ...{ warmupSteps: 30, evalInterval: QUARTER, saveInterval: STEPS, saveMinutes: 0, seed: 1 },
    ...settings,
  });
  const began = performance.now();
  const [first] = await Promise.all(inMemoryRanks(count).map((ranks) => losses(config, ranks)));
  const megabytes = count === 1 ? 0 : first.summedBytes / 1e6;
  console.log(
    `| ${[name, ...first.losses.map((loss) => (loss > 0 ? loss.toFixed(3) : '')), `${megabytes.toFixed(0)} MB`].join(' | ')} |`,
  );
  console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
}

async function losses(config, ranks) {
  const model = createModel(SHAPE, { seed: 1 });
  const options = { contextLength: CONTEXT, batchSize: BATCH, seed: config.seed };
  const windows = () => windowBatches(heldOut, { contextLength: CONTEXT, batchSize: 32 });
  const validation = () =>
    spreadBatches(windows(), { total: Math.ceil(heldOut.length / CONTEXT / 32), count: 8 });
  const batches = cropBatches(learned, options);
  let summedBytes = 0;
  const found = new Array(4).fill(NaN); // a round may be longer than a quarter
  for await (const report of train({
    model,
    config,
    batches,
    validation,
    clock: performance,
    strategy: strategyFor(ranks),
  })) {
    if (report.kind === 'step') summedBytes += report.summedBytes;
    if (report.kind === 'evaluation') found[report.step / QUARTER - 1] = report.validationLoss;
  }
  model.dispose();
  return { losses: found, summedBytes };
}

function tokensAt(step) {
  return (step * RANKS * BATCH * CONTEXT).toLocaleString('en');
}

/** Paths of the repository's pages. */
function pages() {
  const root = join(import.meta.dirname, '../..');
  return ['docs', 'packages', 'apps', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .sort()
      .map((name) => join(root, folder, name)),
  );
}
