import { setImmediate } from 'node:timers/promises';

import { type BatchJob, type BatchSequence, createBatcher, type Model } from '@ramble/core';
import { counted } from '@ramble/core/files';

import { RequestError } from '../request/request-error.js';

export interface BatchLimits {
  /** The maximum number of sequences and beams that are written side by side. */
  readonly batchSize: number;
  /** The maximum number of sequences and beams that wait. */
  readonly queueSize: number;
}

/** A batcher that runs by itself while there is something to write. */
export interface BatchDriver {
  readonly running: number;
  readonly waiting: number;
  /** The maximum number of sequences and beams that run at once. */
  readonly batchSize: number;
  /** The maximum number of sequences and beams that run or wait. */
  readonly places: number;
  /** @throws RequestError when they do not find room now; none is added then. */
  add(jobs: readonly BatchJob[]): void;
  remove(sequence: BatchSequence): void;
}

/** Lets a model write for many callers; other work of the process has its turn between two steps. */
export function createBatchDriver(
  model: Model,
  { batchSize, queueSize }: BatchLimits,
): BatchDriver {
  const batcher = createBatcher(model, { batchSize });
  const places = batchSize + queueSize;
  let isDriving = false;

  async function drive(): Promise<void> {
    isDriving = true;
    try {
      do await setImmediate();
      while (batcher.step());
    } catch (error) {
      batcher.failAll(error);
    }
    isDriving = false;
  }

  return {
    get running() {
      return batcher.running;
    },
    get waiting() {
      return batcher.waiting;
    },
    batchSize,
    places,
    add: (jobs) => {
      const widths = jobs.flatMap(({ sequences }) => sequences.map(({ width = 1 }) => width));
      const count = widths.reduce((sum, width) => sum + width, 0);
      const taken = batcher.running + batcher.waiting;
      if (taken + count > places) {
        throw new RequestError(
          `server: expected room for ${counted(count, 'output')}, got ${taken} of ${places} slots taken; try again soon`,
          { status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 1 },
        );
      }
      for (const job of jobs) batcher.add(job);
      if (!isDriving) void drive();
    },
    remove: (sequence) => batcher.remove(sequence),
  };
}
