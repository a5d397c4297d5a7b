import { createModel, type TrainingBatch, train, trainingConfig } from '@ramble/core';

/** Yields losses of successive training steps, with dropout, on the current engine. */
export async function* trainSteps(seed: number): AsyncGenerator<number> {
  const config = { vocabSize: 33, contextLength: 40, nLayer: 2, nHead: 2, nEmbd: 48 };
  const size = 3 * config.contextLength;
  const batch: TrainingBatch = {
    batchSize: 3,
    tokens: Int32Array.from({ length: size }, (_, i) => (i * 7) % 33),
    targets: Int32Array.from({ length: size }, (_, i) => (i * 7 + 7) % 33),
    weights: new Float32Array(size).fill(1),
  };
  const steps = train({
    model: createModel(config, { seed }),
    config: trainingConfig({ dropout: 0.1, seed, maxSteps: 100_000 }),
    batches: { batch: () => Promise.resolve(batch) },
    clock: { now: () => 0 },
  });
  for await (const report of steps) if (report.kind === 'step') yield report.loss;
}

/** Returns the losses of the first `count` steps of `trainSteps(seed)`. */
export async function firstLosses(seed: number, count: number): Promise<number[]> {
  const steps = trainSteps(seed);
  const losses: number[] = [];
  for (let step = 0; step < count; step++) losses.push((await steps.next()).value as number); // endless
  return losses;
}
