import type { TrainingConfig } from '../config/training-config.js';

/**
 * Returns the learning rate of one update.
 *
 * `cosine` is nanoGPT's: the first rate is above 0, and the last is `minLearningRate`, by default
 * a tenth of the peak (`trainingConfig`). `cosine-hf`, `linear` and `inverse-sqrt` are Hugging Face's:
 * they rise from 0 and fall to 0. `noam` is the schedule of Vaswani et al. 2017, section 5.3, with
 * `learningRate` as its factor. `wsd` (warmup, stable, decay) stays at its peak and over the last fifth
 * falls as `1 - sqrt` to `minLearningRate` in the last update; before that it does not depend on
 * `maxSteps`.
 *
 * @see Hägele et al. 2024, https://arxiv.org/abs/2405.18392
 * @param step - Number of updates before this one.
 */
export function learningRateAt(step: number, config: TrainingConfig, nEmbd: number): number {
  const { learningRate: peak, minLearningRate: end, warmupSteps: warmup, maxSteps } = config;
  const done = Math.min(1, (step - warmup) / Math.max(1, maxSteps - warmup));
  switch (config.schedule) {
    case 'constant':
      return step < warmup ? (peak * (step + 1)) / (warmup + 1) : peak;
    case 'cosine':
      if (step < warmup) return (peak * (step + 1)) / (warmup + 1);
      return end + 0.5 * (1 + Math.cos(Math.PI * done)) * (peak - end);
    case 'cosine-hf':
      return step < warmup ? (peak * step) / warmup : peak * 0.5 * (1 + Math.cos(Math.PI * done));
    case 'linear':
      return step < warmup ? (peak * step) / warmup : peak * (1 - done);
    case 'inverse-sqrt': {
      if (step < warmup) return (peak * step) / warmup;
      // Without warmup, Hugging Face uses 10,000 as the time scale.
      const timescale = warmup === 0 ? 10_000 : warmup;
      return peak / Math.sqrt((step + timescale - warmup) / timescale);
    }
    case 'wsd': {
      if (step < warmup) return (peak * (step + 1)) / (warmup + 1);
      const start = decayStart(maxSteps, warmup);
      if (step < start) return peak;
      const share = Math.min(1, (step + 1 - start) / (maxSteps - start));
      return end + (1 - Math.sqrt(share)) * (peak - end);
    }
    case 'noam': {
      const count = step + 1;
      return peak * nEmbd ** -0.5 * Math.min(count ** -0.5, count * warmup ** -1.5);
    }
  }
}

/**
 * Returns the number of updates before the decay of the schedule `wsd`, which takes the last fifth of all updates.
 *
 * @param maxSteps - Number of all updates; 0 if it is not planned yet, which means no decay.
 */
export function decayStart(maxSteps: number, warmupSteps: number): number {
  if (maxSteps === 0) return Infinity;
  return Math.max(warmupSteps, Math.floor((4 * maxSteps) / 5));
}

/** Returns the number of updates of a `wsd` schedule whose decay (the last fifth) begins after `step` updates. */
export function stepsDecayingFrom(step: number): number {
  return Math.ceil((5 * step) / 4);
}
