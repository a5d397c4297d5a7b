import * as tf from '@tensorflow/tfjs-core';

import type { TrainingConfig } from '../config/training-config.js';
import type { TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { recallOf } from '../attention/segment-memory.js';
import type { BatchSource } from './example-batches.js';
import { positionLosses } from './evaluate-loss.js';
import type { TrainingStrategy } from './strategy.js';
import type { FirstPace } from './training-pace.js';
import { shareOf } from './update-plan.js';

export interface MeasurePaceOptions {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly batches: BatchSource;
  readonly validation?: () => AsyncIterable<TrainingBatch>;
  /** Batches in it. */
  readonly validationBatches?: number;
}

/** Steps that are measured after the first one, which waits for memory. */
const MOST_STEPS = 3;
/** Share of the time limit after which no more steps are measured. */
const MOST_SHARE = 0.03;

/**
 * Measures how long a step and an evaluation take, without changing the model.
 *
 * @returns `undefined` if it was stopped after one of them.
 */
export async function measurePace(
  { model, config, batches, validation, validationBatches = 0 }: MeasurePaceOptions,
  { group, updates }: TrainingStrategy,
): Promise<FirstPace | undefined> {
  const { maxMinutes } = config;
  const share = shareOf(config.gradAccumSteps, group.part());
  const microBatches = await Promise.all(
    Array.from({ length: share.end - share.start }, (_, i) => batches.batch(share.start + i)),
  );
  await group.meet();
  const start = group.clock.now();
  const seconds = (): number => (group.clock.now() - start) / 1000;
  // All predicting layers predict in the first steps, whatever the number of steps will be.
  const ready = { ...config, maxSteps: Number.MAX_SAFE_INTEGER };
  let [step, before] = [0, 0];
  for (let i = 0; i <= MOST_STEPS; i++) {
    await updates.pass(microBatches, ready, 0);
    updates.release();
    await tf.nextFrame(); // lets signals through
    await group.meet();
    if (group.clock.isAborted()) return undefined;
    const now = seconds();
    step = i === 0 ? now : (step * (i - 1) + now - before) / i;
    before = now;
    if (now > MOST_SHARE * 60 * maxMinutes) break;
  }
  if (!validation || validationBatches === 0) return { step, evaluation: 0 };
  const began = seconds();
  for await (const batch of validation()) {
    positionLosses(model, batch, recallOf(model.config, batch));
    break;
  }
  await group.meet();
  const own = Math.ceil(validationBatches / group.part().count);
  return { step, evaluation: (seconds() - began) * own };
}
