import type { TrainingBatch } from '../model/forward.js';

/** The number of targets that count. */
export function countTargets({ weights }: TrainingBatch): number {
  return weights.reduce((count, weight) => (weight === 0 ? count : count + 1), 0);
}

/** The number of tokens of each sequence up to the last one whose target counts: padding follows it. */
export function countInputs({ weights, batchSize }: TrainingBatch): number {
  const length = weights.length / batchSize;
  let count = 0;
  for (let start = 0; start < weights.length; start += length) {
    let end = start + length;
    while (end > start && weights[end - 1] === 0) end--;
    count += end - start;
  }
  return count;
}
