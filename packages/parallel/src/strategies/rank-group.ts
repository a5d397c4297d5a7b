import type { Clock, ModelConfig, TrainingConfig } from '@ramble/core';
import { sizeOf } from '@ramble/core/engine';
import { decoderOf } from '@ramble/core/model';
import type { ProcessGroup, StrategySetup } from '@ramble/core/training';

import type { Ranks } from '../ranks/ranks.js';

/** The process group of some ranks, which measures the waiting time of this rank. */
export interface RankGroup extends ProcessGroup {
  readonly waiting: Waiting;
}

/**
 * Makes the group of some ranks. They use the clock and the score of rank 0, and divide the batches of an evaluation.
 *
 * @throws RangeError for more ranks than micro-batches, and for several ranks and a model with segment memory.
 */
export function rankGroup(
  ranks: Ranks,
  { model, config, clock, signal }: StrategySetup,
): RankGroup {
  checkShares(ranks, model.config, config);
  const waiting = measureWaiting(clock);
  const agreed = new Float64Array(2);
  // Gradients are summed after each update, or parameters after a round.
  const numbers = model.parameters.specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const summedBytes = Float32Array.BYTES_PER_ELEMENT * numbers;
  return {
    waiting,
    part: () => ({ index: ranks.rank, count: ranks.count }),
    clock: { now: () => agreed[0], isAborted: () => agreed[1] > 0 },
    meet: async () => {
      agreed.set([ranks.rank === 0 ? clock.now() : 0, Number(signal?.aborted ?? false)]);
      await ranks.sum(agreed);
    },
    announce: (work) => ranks.announce(work),
    together: (work) => work(),
    sum: (sums) => ranks.sum(sums),
    once: async (make) => {
      const shared = Float64Array.of(ranks.rank === 0 ? await make() : NaN);
      await ranks.broadcast(shared);
      return shared[0];
    },
    reported: (seconds, isLast) => ({
      waitedShare: Math.min(1, waiting.seconds() / seconds),
      summedBytes: isLast ? summedBytes : 0,
    }),
  };
}

/**
 * Checks that every rank has a micro-batch of each update, and that the micro-batches are independent, which they are
 * not in a model with segment memory.
 *
 * @throws RangeError if either is not true.
 */
export function checkShares(
  { count }: Pick<Ranks, 'count'>,
  model: ModelConfig,
  { gradAccumSteps }: Pick<TrainingConfig, 'gradAccumSteps'>,
): void {
  if (count > gradAccumSteps) {
    throw new RangeError(
      `ranks: expected at most ${gradAccumSteps}, the micro-batches of an update (gradAccumSteps), got ${count}`,
    );
  }
  if (count > 1 && decoderOf(model).remembersSegments) {
    throw new RangeError(
      `ranks: expected 1 for attention that remembers segments, where each micro-batch goes on from the one before, got ${count}`,
    );
  }
}

/** Measures the time that this rank waits for other ranks. */
export interface Waiting {
  /** Waits for work in which all ranks take part, and measures the time. */
  for<T>(work: Promise<T>): Promise<T>;
  /** Returns the seconds waited since the last `reset`. */
  seconds(): number;
  reset(): void;
}

/** Starts a measurement of the time that this rank waits, from 0 seconds. */
function measureWaiting(clock: Clock): Waiting {
  let waitedMs = 0;
  return {
    for: async (work) => {
      const start = clock.now();
      const result = await work;
      waitedMs += clock.now() - start;
      return result;
    },
    seconds: () => waitedMs / 1000,
    reset: () => (waitedMs = 0),
  };
}
