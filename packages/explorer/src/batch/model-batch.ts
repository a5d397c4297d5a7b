import {
  createScheduler,
  driveScheduler,
  type Model,
  type ScheduledRequest,
  type ScheduledSequence,
  nextTurn,
} from '@ramble/core';

/** The batch in which a model reads and writes for all questions at once. */
export interface ModelBatch {
  /**
   * Queues a request's sequences, the urgent ahead of the others.
   *
   * @throws RangeError as `Scheduler.add` does.
   */
  add(request: ScheduledRequest): void;
  /** Takes a sequence out; nothing when it is done. */
  remove(sequence: ScheduledSequence): void;
}

/** Maximum number of outputs and beams that are written at once; others wait. */
export const BATCH_SIZE = 16;
/** Slots for questions that only read, which are answered while outputs are written. */
const URGENT_SLOTS = 2;

const batches = new WeakMap<Model, ModelBatch>();

/** The batch of a model, which begins with its first question. */
export function batchOf(model: Model): ModelBatch {
  const known = batches.get(model);
  if (known) return known;
  const scheduler = createScheduler(model, { batchSize: BATCH_SIZE, urgentSlots: URGENT_SLOTS });
  const wake = driveScheduler(scheduler, nextTurn);
  const batch: ModelBatch = {
    add: (request) => {
      scheduler.add(request);
      wake();
    },
    remove: (sequence) => scheduler.remove(sequence),
  };
  batches.set(model, batch);
  return batch;
}
