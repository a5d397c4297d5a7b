import { forTurns } from './for-turns.mjs';

/**
 * Times `count` steps per turn in milliseconds, after warm-up steps, and measures the maximum memory of the
 * process. `versions` names the timed programs, ramble by default.
 */
export async function timeSteps(step, count, { warmUp = 1, versions } = {}) {
  const time = async () => {
    const start = performance.now();
    await step();
    return Number((performance.now() - start).toFixed(2));
  };
  for (let i = 0; i < warmUp; i++) await step();
  await forTurns(async () => {
    const milliseconds = [];
    for (let i = 0; i < count; i++) milliseconds.push(await time());
    return { milliseconds, peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024) };
  }, versions);
}

/** Returns a batch of the model's whole context that every step reuses. */
export function repeatedBatch({ vocabSize, contextLength }, batchSize) {
  const size = batchSize * contextLength;
  const idsFrom = (start) =>
    Int32Array.from({ length: size }, (_, i) => ((i + start) * 7919) % vocabSize);
  return {
    batchSize,
    tokens: idsFrom(0),
    targets: idsFrom(1),
    weights: new Float32Array(size).fill(1),
  };
}
