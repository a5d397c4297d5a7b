import { applyUpdate } from '../parameters/apply-update.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import type { Ranks } from '../ranks/ranks.js';
import type { TrainingConfig } from '../config/training-config.js';

/** The outer optimizer of ranks that make updates alone. */
export interface OuterOptimizer {
  /** Averages the ranks: one step from the parameters that they began with, the same bits on all of them. */
  step(): Promise<void>;
}

/**
 * Begins a round of updates with the parameters as they are. An outer step takes the mean of how far ranks have
 * come as a gradient: `d = mean(start - end); v = momentum v + d; start -= rate (d + momentum v)`. The velocity
 * is the slot `outer`.
 *
 * @param ranks - The processes that train together; absent for one that trains alone.
 * @see Douillard et al. 2023, algorithm 1, https://arxiv.org/abs/2311.08105
 */
export function outerOptimizer(
  parameters: ParameterStore,
  ranks: Pick<Ranks, 'count' | 'sum'> | undefined,
  {
    outerLearningRate: learningRate,
    outerMomentum: momentum,
  }: Pick<TrainingConfig, 'outerLearningRate' | 'outerMomentum'>,
): OuterOptimizer {
  const rule = { kind: 'sgd', learningRate, momentum, nesterov: true, weightDecay: 0 } as const;
  const starts = parameters.specs.map(({ name }) => parameters.read(name));
  return {
    step: async () => {
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
    },
  };
}
