import type { Model } from '../model/model.js';
import { createLearner } from './learner.js';
import type { MakeStrategy, ProcessGroup, StrategySetup, UpdateMaker } from './strategy.js';
import { type Part, shareOf, updateTotals, WHOLE } from './update-plan.js';

/**
 * Returns the `ProcessGroup` of a process that trains alone, in which every operation of the group is trivial. The
 * clock and the stop signal are read at each use.
 */
export function soleProcess({
  clock,
  signal,
}: Pick<StrategySetup, 'clock' | 'signal'>): ProcessGroup {
  return {
    part: () => WHOLE,
    clock: { now: () => clock.now(), isAborted: () => signal?.aborted ?? false },
    meet: () => Promise.resolve(),
    announce: () => undefined,
    together: (work) => work(),
    sum: () => Promise.resolve(),
    once: (make) => make(),
    reported: () => ({}),
  };
}

/**
 * Returns the `UpdateMaker` of a process that computes its updates without other processes.
 *
 * @param part - Returns the part of the micro-batches that the process computes. The loss is a mean over that part.
 */
export function ownUpdates(model: Model, part: () => Part): UpdateMaker {
  const { parameters } = model;
  const learner = createLearner(model);
  let gradients: Parameters<typeof parameters.update>[0] = {};
  const release = (): void => {
    gradients = {};
    learner.release();
  };
  return {
    pass: (batches, config, firstIndex, memory, update) => {
      release();
      const share = shareOf(config.gradAccumSteps, part());
      const totals = updateTotals(batches, config, share);
      const first = firstIndex + share.start;
      const own = { share, totals, update };
      const pass = learner.lossAndGradients(batches, config, first, memory, own);
      ({ gradients } = pass);
      const { loss, memory: remembered, gradientNorm } = pass;
      const { next: weight, inputs, targets } = totals;
      return Promise.resolve({ loss, inputs, targets, weight, memory: remembered, gradientNorm });
    },
    update: ({ rule, clipNorm }) => Promise.resolve(parameters.update(gradients, rule, clipNorm)),
    release,
    dispose: () => {
      release();
      learner.dispose();
    },
  };
}

/**
 * Trains in this process alone.
 *
 * @throws RangeError for `syncEvery` above 0, which requires a strategy that makes local updates.
 */
export const alone: MakeStrategy = (setup) => {
  const { syncEvery } = setup.config;
  if (syncEvery > 0) {
    throw new RangeError(
      `syncEvery: expected 0 for a training without a strategy, got ${syncEvery}; ` +
        'pass strategy: localUpdates(ranks) of @ramble/parallel, or set syncEvery to 0',
    );
  }
  return { group: soleProcess(setup), updates: ownUpdates(setup.model, () => WHOLE) };
};
