/**
 * Times whole training steps of a model of workloads.mjs, on the ranks that a launcher of MPI has started or in
 * one process; tools/peers/train_ddp.py does the same with PyTorch. Rank 0 prints a line of JSON with the
 * milliseconds of each step and the fraction that it waited for sums.
 *   train-ranks.mjs MODEL MICRO_BATCHES STEPS
 */
import { createModel, train, trainingConfig } from '@ramble/core';
import { strategyFor } from '@ramble/parallel';
import { isLaunched, openRanks } from '@ramble/parallel/mpi';
import { nativeEngine } from '@ramble/native';

import { repeatedBatch } from './time-steps.mjs';
import { BATCH_SIZES, MODELS } from './workloads.mjs';

const WARM_UP = 1;
const [name] = process.argv.slice(2);
const [gradAccumSteps, count] = process.argv.slice(3).map(Number);
await nativeEngine.load();
const ranks = isLaunched(process.env) ? await openRanks() : undefined;
const [config, batchSize] = [MODELS[name], BATCH_SIZES[name] ?? 1];
const batch = repeatedBatch(config, batchSize);
const reports = train({
  model: createModel(config, { seed: 1 }),
  config: trainingConfig({
    ...{ batchSize, gradAccumSteps, maxSteps: WARM_UP + count, dropout: 0, gradClip: 1 },
    ...{ saveInterval: 1_000_000, evalInterval: 1_000_000 },
  }),
  batches: { batch: () => Promise.resolve(batch) },
  clock: performance,
  strategy: strategyFor(ranks),
});
const [milliseconds, waitedShares] = [[], []];
for (let start = performance.now(), step = 0; step < WARM_UP + count; step++) {
  const { value } = await reports.next();
  const end = performance.now();
  if (step >= WARM_UP) {
    milliseconds.push(end - start);
    waitedShares.push(value.waitedShare ?? 0);
  }
  start = end;
}
await reports.return();
await ranks?.close();
if (!ranks || ranks.rank === 0) console.log(JSON.stringify({ milliseconds, waitedShares }));
