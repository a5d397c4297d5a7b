import type { TrainingConfig } from '../config/training-config.js';
import type { Model } from '../model/model.js';
import type { TrainingBatch } from '../model/forward.js';
import { rankShare } from '../ranks/rank-share.js';
import { countInputs, countTargets } from './count-tokens.js';
import { createLearner } from './learner.js';
import { outerOptimizer } from './outer-step.js';
import type { SharedLearner, SharedTraining, StepResult } from './shared-learner.js';
import { totalWeights } from './update-plan.js';
import { measureWaiting } from './waiting.js';

/** Numbers of a step that ranks add up. */
const STEP_NUMBERS = 5;

/**
 * Makes a learner whose ranks make updates alone, each of its own micro-batches and with moments of its own,
 * and take an outer step after every `syncEvery` of them (DiLoCo).
 *
 * @see Douillard et al. 2023, https://arxiv.org/abs/2311.08105
 */
export function createLocalLearner(
  model: Model,
  { ranks, clock }: SharedTraining,
  config: TrainingConfig,
): SharedLearner {
  const { parameters } = model;
  const learner = createLearner(model);
  const outer = outerOptimizer(parameters, ranks, config);
  const waiting = measureWaiting(clock);
  const share: SharedLearner['share'] = ({ gradAccumSteps }) =>
    rankShare(gradAccumSteps, ranks ?? { rank: 0, count: 1 });
  let gradients: Parameters<typeof parameters.update>[0] = {};
  return {
    share,
    roundEnd: (step, { syncEvery, maxSteps }) => {
      const next = (Math.floor(step / syncEvery) + 1) * syncEvery;
      return maxSteps > 0 ? Math.min(next, maxSteps) : next;
    },
    pass: (batches, current, firstIndex, memory, update) => {
      const own = share(current);
      const totals = totalWeights(batches, current, own);
      const sumOf = (count: (batch: TrainingBatch) => number): number =>
        batches.reduce((sum, batch) => sum + count(batch), 0);
      const part = { share: own, totals, update: ranks ? undefined : update };
      const pass = learner.lossAndGradients(batches, current, firstIndex + own.start, memory, part);
      ({ gradients } = pass);
      const [inputs, targets] = [sumOf(countInputs), sumOf(countTargets)];
      return Promise.resolve({ ...pass, weight: totals.next, inputs, targets });
    },
    update: ({ rule, clipNorm }) => Promise.resolve(parameters.update(gradients, rule, clipNorm)),
    meet: async (results, count) => {
      waiting.reset();
      const numbers = sumsOf(results, count);
      if (ranks) await waiting.for(ranks.sum(numbers));
      const agreed = resultsOf(numbers, ranks?.count ?? 1);
      if (agreed.every(({ gradientNorm }) => Number.isFinite(gradientNorm))) {
        await waiting.for(outer.step());
      }
      return agreed;
    },
    waitedSeconds: () => waiting.seconds(),
    release: () => learner.release(),
    dispose: () => learner.dispose(),
  };
}

/** Numbers of the steps of a round, of which a rank that diverges leaves out the last. */
function sumsOf(results: readonly StepResult[], count: number): Float64Array {
  const numbers = new Float64Array(STEP_NUMBERS * count).fill(NaN);
  results.forEach(({ loss, weight, inputs, targets, gradientNorm }, i) => {
    numbers.set([weight * loss, weight, inputs, targets, gradientNorm], STEP_NUMBERS * i);
  });
  return numbers;
}

/** The loss is a mean over all targets, the norm the mean of the ranks'. */
function resultsOf(numbers: Float64Array, ranks: number): StepResult[] {
  return Array.from({ length: numbers.length / STEP_NUMBERS }, (_, i) => {
    const [losses, weight, inputs, targets, norms] = numbers.subarray(STEP_NUMBERS * i);
    return { loss: losses / weight, weight, inputs, targets, gradientNorm: norms / ranks };
  });
}
