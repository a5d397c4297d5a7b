import {
  type Clock,
  evaluateLoss,
  type ModelConfig,
  train,
  type TrainingBatch,
} from '@ramble/core';
import { linear, type Precision, sizeOf } from '@ramble/core/engine';
import { countParameters, decoderOf } from '@ramble/core/model';
import { strategyFor } from '@ramble/parallel';
import { memoryStorage } from '@ramble/runs';
import * as tf from '@tensorflow/tfjs-core';

import { InterruptedError } from '../../verb/exit-errors.js';
import type { Io } from '../../verb/io.js';
import type { DomainCall } from '../../verb/verb.js';
import { planNewRun } from './plan-new-run.js';
import type { Session } from './session.js';
import type { TrainFlags } from './train-flags.js';

/**
 * Floating-point operations of a training step per token. Each parameter costs 6, unless it is only looked up.
 * Attention adds `12 nLayer nHead headDim` times the maximum number of positions that a token attends to, and half as
 * much again with distance embeddings. Compressed attention counts groups in place of positions. A frozen parameter
 * costs 4, because it has no gradient; adapters are too small to count.
 *
 * @see Chowdhery et al. 2022, appendix B, https://arxiv.org/abs/2204.02311
 */
export function operationsPerToken(config: ModelConfig, isFrozen = false): number {
  const { nEmbd, vocabSize, tiedHead } = config;
  const { inputPositions, layers } = decoderOf(config);
  const tables = [inputPositions, ...layers.map(({ positions }) => positions)];
  const positions = tables
    .flatMap(({ parameters }) => parameters)
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const lookedUp = tiedHead ? 0 : vocabSize * nEmbd; // no product reads the embeddings
  let operations = (isFrozen ? 4 : 6) * (countParameters(config) - positions - lookedUp);
  for (const { attention } of layers) operations += attention.operationsPerToken;
  return operations;
}

const SIZES = [64, 128, 256, 512, 1024];
/** Ratio of the operations of two successive `SIZES`: a matrix product of twice the size has 8 times as many. */
const GROWTH = 2 ** 3;
/** Maximum expected duration of a measured product, in milliseconds; longer ones are not tried. */
const ENOUGH_MS = 30;
const TRIES = 4;

/**
 * Returns the operations per second of the engine's fastest product of square matrices: an estimate of the machine's
 * peak.
 *
 * @param precision - Format of the matrices.
 */
export function measurePeak(clock: Clock, precision: Precision = 'f32'): number {
  let best = 0;
  for (const size of SIZES) {
    const [operations, ms] = measureProduct(size, clock, precision);
    best = Math.max(best, (1000 * operations) / ms);
    if (GROWTH * ms > ENOUGH_MS) break;
  }
  return best;
}

/**
 * Repeats a product of square matrices, and returns its operations and its shortest duration. The first try may be slow
 * because of compilation.
 */
function measureProduct(
  size: number,
  clock: Clock,
  precision: Precision,
): [operations: number, ms: number] {
  let fastestMs = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const start = clock.now();
    tf.tidy(() => {
      const square = tf.ones<tf.Rank.R2>([size, size]);
      linear(square, { weight: square }, 'none', precision).dataSync();
    });
    fastestMs = Math.min(fastestMs, clock.now() - start);
  }
  return [2 * size ** 3, fastestMs];
}

/** Maximum number of steps to time after the first one, which includes memory allocation. */
const TIMED_STEPS = 12;
/** Seconds after which no more steps are timed. */
const ENOUGH_SECONDS = 3;

/** Measured durations of a training, in seconds. */
interface TimedTraining {
  /** Durations of the steps after the first one. */
  readonly steps: readonly number[];
  /** Estimated duration of an evaluation on all validation data. */
  readonly evaluation: number;
}

/** Measures the durations of the first steps and of an evaluation. */
async function timeSteps(
  { model, data, run }: Pick<Session, 'model' | 'data' | 'run'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<TimedTraining> {
  const { batches, validation, validationBatches } = data;
  const startMs = clock.now();
  const seconds = (): number => (clock.now() - startMs) / 1000;
  await evaluateLoss(model, firstOf(validation()));
  const evaluation = seconds() * validationBatches;
  const rates = { learningRate: 0, minLearningRate: 0 }; // so that no step diverges
  const config = { ...run.description.training, ...rates, maxSteps: 2 ** 30 };
  const strategy = strategyFor(undefined);
  const steps: number[] = [];
  let before = seconds();
  for await (const { kind } of train({ model, config, batches, clock, signal, strategy })) {
    if (kind !== 'step') continue;
    const now = seconds();
    steps.push(now - before);
    before = now;
    if (steps.length > TIMED_STEPS || (steps.length > 2 && now > ENOUGH_SECONDS)) break;
  }
  return { steps: steps.slice(1), evaluation };
}

async function* firstOf(batches: AsyncIterable<TrainingBatch>): AsyncGenerator<TrainingBatch> {
  for await (const batch of batches) {
    yield batch;
    return;
  }
}

/** Trainings are timed a second time only if the first time took less than this fraction of the time limit. */
const TIMING_SHARE = 0.05;
/** Assumed duration of a step that takes 0 by a clock with a resolution of milliseconds. */
const MIN_STEP_SECONDS = 1e-3;

/** Durations of a training, in seconds. */
export interface TrainingPace {
  /** Shortest duration of a step. Other programs only lengthen it. */
  readonly step: number;
  /** Mean duration of a step, with the load of other programs. */
  readonly loadedStep: number;
  /** Duration of everything else: reading data, and an evaluation on all validation data. */
  readonly other: number;
}

/**
 * Measures the durations of new trainings, one after the other, and all of them a second time if that takes a small
 * part of the limit. Writes nothing.
 *
 * @throws InterruptedError on Ctrl-C.
 */
export async function timeTrainings(
  calls: readonly DomainCall<TrainFlags>[],
  { clock, onInterrupt }: Pick<Io, 'clock' | 'onInterrupt'>,
  limitSeconds: number,
): Promise<TrainingPace[]> {
  const stop = new AbortController();
  const forget = onInterrupt(() =>
    stop.abort(new InterruptedError('stopped before training began; nothing is lost')),
  );
  const startMs = clock.now();
  const seconds = (): number => (clock.now() - startMs) / 1000;
  const timed = calls.map(() => ({ steps: [] as number[], other: Infinity }));
  try {
    for (let round = 0; round < 2 && seconds() < TIMING_SHARE * limitSeconds; round++) {
      for (const [i, call] of calls.entries()) {
        call.output.progress(`timing training ${i + 1} of ${calls.length}`);
        const before = seconds();
        const { steps, evaluation } = await timeTraining(call, clock, stop.signal);
        const others = seconds() - before - sum(steps) + evaluation;
        timed[i].steps.push(...steps);
        timed[i].other = Math.min(timed[i].other, others);
      }
    }
  } finally {
    forget();
  }
  return timed.map(({ steps, other }) => ({
    step: Math.max(Math.min(...steps), MIN_STEP_SECONDS),
    loadedStep: Math.max(sum(steps) / steps.length, MIN_STEP_SECONDS),
    other,
  }));
}

async function timeTraining(
  call: DomainCall<TrainFlags>,
  clock: Clock,
  signal: AbortSignal,
): Promise<TimedTraining> {
  const plan = await planNewRun(call, signal, memoryStorage());
  try {
    const session = await plan.begin();
    try {
      const timed = await timeSteps(session, clock, signal);
      signal.throwIfAborted();
      return timed;
    } finally {
      session.model.dispose();
    }
  } finally {
    await plan.data.close();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
