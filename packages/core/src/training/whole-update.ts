import * as tf from '@tensorflow/tfjs-core';

import type { ParameterStore } from '../parameters/parameter-store.js';
import type { Ranks } from '../ranks/ranks.js';
import type { Gradients, SharedUpdate } from './shared-update.js';
import { sumTensors } from './sum-tensors.js';
import type { Waiting } from './waiting.js';

/** Updates of a process that trains alone. */
export function updateAlone(parameters: ParameterStore): SharedUpdate {
  let gradients: Gradients = {};
  return {
    complete: (all) => {
      gradients = all;
      return Promise.resolve();
    },
    apply: (rule, clipNorm) => Promise.resolve(parameters.update(gradients, rule, clipNorm)),
    release: () => {
      gradients = {};
    },
  };
}

/** Updates of all parameters on every rank, from the sums of all gradients. */
export function updateOnEach(
  parameters: ParameterStore,
  ranks: Ranks,
  waiting: Waiting,
): SharedUpdate {
  const alone = updateAlone(parameters);
  let inProgress: Promise<void>[] = [];
  /** Sums in tensors of their own. */
  let sums: Gradients = {};
  return {
    onSummed: (values) => inProgress.push(ranks.sum(values)),
    complete: async (gradients) => {
      const isTold = inProgress.length > 0;
      if (isTold) await waiting.for(Promise.all(inProgress));
      else sums = await waiting.for(sumTensors(ranks, gradients, parameters.specs));
      await alone.complete(isTold ? gradients : sums);
    },
    apply: (rule, clipNorm) => alone.apply(rule, clipNorm),
    release: () => {
      alone.release();
      tf.dispose(sums);
      [sums, inProgress] = [{}, []];
    },
  };
}
