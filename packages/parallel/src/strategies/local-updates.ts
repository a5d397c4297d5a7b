import type { TrainingConfig } from '@ramble/core';
import type { ParameterStore } from '@ramble/core/engine';
import { applyUpdate } from '@ramble/core/training';
import {
  type MakeStrategy,
  ownUpdates,
  type Rounds,
  soleProcess,
  type StepResult,
  type StrategySetup,
} from '@ramble/core/training';

import type { Ranks } from '../ranks/ranks.js';
import { rankGroup, type Waiting } from './rank-group.js';

/** Number of values per training step that are summed over ranks. */
const STEP_NUMBERS = 7;

/**
 * Local updates (DiLoCo): each rank makes updates from its own micro-batches, with its own moments. After every
 * `syncEvery` updates, the ranks take an outer step together.
 *
 * @param ranks - The processes that train together; absent for a process that trains alone.
 * @throws RangeError for more ranks than micro-batches, for several ranks and a model with segment memory, and for a
 *   `syncEvery` of 0.
 * @see Douillard et al. 2023, https://arxiv.org/abs/2311.08105
 */
export function localUpdates(ranks?: Ranks): MakeStrategy {
  return (setup) => {
    const { model, config } = setup;
    if (config.syncEvery === 0) {
      throw new RangeError('syncEvery: expected at least 1 for local updates, got 0');
    }
    const ofRanks = ranks && rankGroup(ranks, setup);
    const group = ofRanks ?? soleProcess(setup);
    const updates = ownUpdates(model, () => group.part());
    return {
      group,
      updates: {
        ...updates,
        pass: (batches, current, firstIndex, memory, update) =>
          updates.pass(batches, current, firstIndex, memory, ranks ? undefined : update),
      },
      rounds: averagingRounds(setup, ranks, ofRanks?.waiting),
    };
  };
}

function averagingRounds(
  { model, config }: StrategySetup,
  ranks: Ranks | undefined,
  waiting: Waiting | undefined,
): Rounds {
  const outerStep = outerOptimizer(model.parameters, ranks, config);
  const waitFor = <T>(work: Promise<T>): Promise<T> => waiting?.for(work) ?? work;
  return {
    end: (step, { syncEvery, maxSteps }) => {
      const next = (Math.floor(step / syncEvery) + 1) * syncEvery;
      return maxSteps > 0 ? Math.min(next, maxSteps) : next;
    },
    finish: async (results, count) => {
      waiting?.reset();
      const numbers = sumsOf(results, count);
      if (ranks) await waitFor(ranks.sum(numbers));
      const agreed = resultsOf(numbers, ranks?.count ?? 1);
      if (agreed.every(({ gradientNorm }) => Number.isFinite(gradientNorm))) {
        await waitFor(outerStep());
      }
      return agreed;
    },
  };
}

/** Returns the weighted losses, counts and norms of the steps of a round; NaN for steps missing after divergence. */
function sumsOf(results: readonly StepResult[], count: number): Float64Array {
  const numbers = new Float64Array(STEP_NUMBERS * count).fill(NaN);
  results.forEach(({ loss, weight, inputs, targets, gradientNorm, ...rewards }, i) => {
    const { rewardMargin = NaN, rewardAccuracy = NaN } = rewards;
    const means = [loss, rewardMargin, rewardAccuracy].map((mean) => weight * mean);
    numbers.set([...means, weight, inputs, targets, gradientNorm], STEP_NUMBERS * i);
  });
  return numbers;
}

/**
 * Returns the results of a round: the loss is a mean over all targets, and the norm is the mean of the ranks' norms.
 */
function resultsOf(numbers: Float64Array, ranks: number): StepResult[] {
  return Array.from({ length: numbers.length / STEP_NUMBERS }, (_, i) => {
    const [losses, margins, correct, weight, inputs, targets, norms] = numbers.subarray(STEP_NUMBERS * i); // prettier-ignore
    const rewards = { rewardMargin: margins / weight, rewardAccuracy: correct / weight };
    const result = { loss: losses / weight, weight, inputs, targets, gradientNorm: norms / ranks };
    return Number.isNaN(margins) ? result : { ...result, ...rewards };
  });
}

/**
 * Begins a round of updates with the current parameters. An outer step uses the mean change of the ranks as a
 * gradient: `d = mean(start - end); v = momentum v + d; start -= rate (d + momentum v)`. The velocity is the
 * slot `outer`.
 *
 * @param ranks - The processes that train together; absent for a process that trains alone.
 * @returns a function that takes one step from the parameters at the start of the round, by the mean of the ranks,
 *   with the same bits on all of them.
 * @see Douillard et al. 2023, algorithm 1, https://arxiv.org/abs/2311.08105
 */
export function outerOptimizer(
  parameters: ParameterStore,
  ranks: Pick<Ranks, 'count' | 'sum'> | undefined,
  {
    outerLearningRate: learningRate,
    outerMomentum: momentum,
  }: Pick<TrainingConfig, 'outerLearningRate' | 'outerMomentum'>,
): () => Promise<void> {
  const rule = { kind: 'sgd', learningRate, momentum, nesterov: true, weightDecay: 0 } as const;
  const starts = parameters.specs.map(({ name }) => parameters.read(name));
  return async () => {
    for (const [i, { name }] of parameters.specs.entries()) {
      const start = starts[i];
      const moved = parameters.read(name).map((value, n) => start[n] - value);
      if (ranks) await ranks.sum(moved);
      const velocity = parameters.read(name, 'outer');
      const scale = 1 / (ranks?.count ?? 1);
      applyUpdate(rule, start, moved, () => velocity, { scale });
      parameters.write(name, start);
      parameters.write(name, velocity, 'outer');
    }
  };
}
