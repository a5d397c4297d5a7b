import type { Model } from '@ramble/core';
import type { ParameterStore } from '@ramble/core/engine';
import { createLearner, type UpdateRule } from '@ramble/core/training';
import {
  gradientBuckets,
  type GradientBucket,
  type MakeStrategy,
  shareOf,
  type UpdateMaker,
  updateTotals,
} from '@ramble/core/training';
import * as tf from '@tensorflow/tfjs-core';

import type { Ranks } from '../ranks/ranks.js';
import { rankGroup, type RankGroup, type Waiting } from './rank-group.js';

/** Gradients of all parameters, by name. */
type Gradients = Readonly<Record<string, tf.Tensor>>;

/**
 * Makes an update from the gradients of all ranks. Order of the calls: `onSummed` for each bucket, unless the
 * engine returns gradients only at the end of a pass; then `complete`; then optionally `apply`.
 */
export interface SharedUpdate {
  /** Called with the gradients of each of `gradientBuckets`, in order. */
  readonly onSummed: (gradients: Float32Array) => void;
  /**
   * Completes the sums over ranks.
   *
   * @param gradients - All gradients of the pass. `onSummed` may have received them before.
   */
  complete(gradients: Gradients): Promise<void>;
  /**
   * Updates the parameters, the same on all ranks. Nothing changes if the norm is not finite.
   *
   * @param clipNorm - Maximum norm of the gradient; 0 for no limit.
   * @returns the norm before clipping.
   */
  apply(rule: UpdateRule, clipNorm: number): Promise<number>;
  /** Frees the gradients. */
  release(): void;
}

/**
 * Data parallelism: ranks divide the micro-batches of each update, sum their gradients, and each updates all
 * parameters. If the number of ranks is a power of 2, the model has the same bits as after training in one process.
 *
 * @throws RangeError for more ranks than micro-batches, for several ranks and a model with segment memory, and for
 *   `syncEvery` above 0.
 */
export function dataParallel(ranks: Ranks): MakeStrategy {
  return sharing(ranks, updateOnEach);
}

/**
 * Makes a strategy whose ranks divide the micro-batches of each update.
 *
 * @param makeUpdate - Makes the `SharedUpdate` that sums gradients over ranks and updates the parameters.
 */
export function sharing(
  ranks: Ranks,
  makeUpdate: (parameters: ParameterStore, ranks: Ranks, waiting: Waiting) => SharedUpdate,
): MakeStrategy {
  return (setup) => {
    const { model, config } = setup;
    if (config.syncEvery > 0) {
      throw new RangeError(
        `syncEvery: expected 0 for ranks that add up gradients, got ${config.syncEvery}; use localUpdates`,
      );
    }
    const group = rankGroup(ranks, setup);
    const shared = makeUpdate(model.parameters, ranks, group.waiting);
    return { group, updates: sharedUpdates(model, ranks, group, shared) };
  };
}

/** Makes updates whose loss and gradients are means over all ranks: the weights of all targets are summed first. */
function sharedUpdates(
  model: Model,
  ranks: Ranks,
  group: RankGroup,
  shared: SharedUpdate,
): UpdateMaker {
  const { waiting } = group;
  const learner = createLearner(model);
  const release = (): void => {
    shared.release();
    learner.release();
  };
  return {
    pass: async (batches, config, firstIndex, memory) => {
      release();
      waiting.reset();
      const share = shareOf(config.gradAccumSteps, group.part());
      const own = updateTotals(batches, config, share);
      const agreed = Float64Array.of(own.next, own.second, own.inputs, own.targets);
      await waiting.for(ranks.sum(agreed));
      const [next, second, inputs, targets] = agreed;
      const update = { share, totals: { next, second }, onSummed: shared.onSummed };
      const first = firstIndex + share.start;
      const pass = learner.lossAndGradients(batches, config, first, memory, update);
      await shared.complete(pass.gradients);
      const loss = Float64Array.of(pass.loss);
      await waiting.for(ranks.sum(loss));
      return { loss: loss[0], inputs, targets, weight: next, memory: pass.memory };
    },
    update: ({ rule, clipNorm }) => shared.apply(rule, clipNorm),
    release,
    dispose: () => {
      release();
      learner.dispose();
    },
  };
}

/** Makes updates of all parameters on every rank, from the gradients summed over all ranks. */
function updateOnEach(parameters: ParameterStore, ranks: Ranks, waiting: Waiting): SharedUpdate {
  let gradients: Gradients = {};
  let inProgress: Promise<void>[] = [];
  /** Sums of the gradients in separate tensors, if `onSummed` was not called. */
  let sums: Gradients = {};
  return {
    onSummed: (values) => inProgress.push(ranks.sum(values)),
    complete: async (all) => {
      const wereSummed = inProgress.length > 0;
      if (wereSummed) await waiting.for(Promise.all(inProgress));
      else sums = await waiting.for(sumTensors(ranks, all, parameters));
      gradients = wereSummed ? all : sums;
    },
    apply: (rule, clipNorm) => Promise.resolve(parameters.update(gradients, rule, clipNorm)),
    release: () => {
      tf.dispose(sums);
      [gradients, sums, inProgress] = [{}, {}, []];
    },
  };
}

/**
 * Sums the gradients of all ranks, bucket by bucket.
 *
 * @returns new tensors, which the caller must dispose.
 */
async function sumTensors(
  ranks: Pick<Ranks, 'sum'>,
  gradients: Gradients,
  { specs }: ParameterStore,
): Promise<Gradients> {
  const sums: Record<string, tf.Tensor> = {};
  for (const bucket of gradientBuckets(specs)) {
    const numbers = bucketNumbers(bucket, gradients);
    await ranks.sum(numbers);
    let start = 0;
    for (const { name } of bucket.specs) {
      const { size, shape } = gradients[name];
      sums[name] = tf.tensor(numbers.slice(start, start + size), shape);
      start += size;
    }
  }
  return sums;
}

/** Copies the gradients of a bucket's parameters, one after the other, to new memory. */
export function bucketNumbers(
  { specs, start, end }: GradientBucket,
  gradients: Gradients,
): Float32Array {
  const numbers = new Float32Array(end - start);
  let next = 0;
  for (const { name } of specs) {
    numbers.set(gradients[name].dataSync<'float32'>(), next);
    next += gradients[name].size;
  }
  return numbers;
}
