import { emptyModel, type Model } from '@ramble/core';

import { loadRun } from './load-run.js';
import type { RunStorage } from '../storage/run-storage.js';

/**
 * Makes a model whose parameters are the mean of several checkpoints of a run; it is often better
 * than any of them.
 *
 * @param steps - Of the checkpoints, at least one.
 * @returns the model, the caller's to dispose of.
 * @throws RangeError without steps; Error that names a checkpoint that is missing or broken.
 * @see Vaswani et al. 2017, section 6.1, https://arxiv.org/abs/1706.03762
 */
export async function averageCheckpoints(
  storage: RunStorage,
  steps: readonly number[],
): Promise<Model> {
  const sums = new Map<string, Float64Array>();
  let average: Model | undefined;
  for (const step of steps) {
    const { model } = await loadRun(storage, { step });
    average ??= emptyModel(model.config);
    for (const { name } of model.parameters.specs) {
      const values = model.parameters.read(name);
      const sum = sums.get(name) ?? new Float64Array(values.length);
      values.forEach((value, i) => (sum[i] += value));
      sums.set(name, sum);
    }
    model.dispose();
  }
  if (!average) throw new RangeError('steps: expected at least one checkpoint, got none');
  for (const [name, sum] of sums) {
    average.parameters.write(
      name,
      Float32Array.from(sum, (value) => value / steps.length),
    );
  }
  return average;
}
