import * as tf from '@tensorflow/tfjs-core';

import { type Recall, recallOf, type SegmentMemory } from '../attention/segment-memory.js';
import type { TrainingConfig } from '../config/training-config.js';
import { batchLoss, type ForwardOptions, type TrainingBatch } from '../model/forward.js';
import { checkInUse } from '../model/model-in-use.js';
import type { Model } from '../model/model.js';
import type { PairLossOf, ProcessGroup, TrainingInputs, TrainingStrategy } from './strategy.js';
import { DIVERGED_ADVICE, type TrainingState } from './training-state.js';
import { WHOLE } from './update-plan.js';

/** The loss of a model on data, and the number of tokens over which it is the mean. */
export interface LossReport {
  /**
   * Mean cross-entropy in nats per token, by the tokens' loss weights, without label smoothing and dropout. For
   * preference pairs, the mean loss of a pair.
   */
  readonly loss: number;
  /**
   * Sum of the weights over which the loss is averaged: the number of tokens if all weights are 1. For preference
   * pairs, the number of pairs.
   */
  readonly tokens: number;
  /** Fraction of the pairs whose chosen answer has the higher reward, 0 to 1; absent for losses of tokens. */
  readonly accuracy?: number;
}

/**
 * Computes the mean loss over all batches. A model with segment memory keeps the memory from one batch to the next if
 * the batch continues the last one.
 *
 * @param group - Processes that divide the batches among them; each iterates over all of them.
 * @param pairLoss - Loss of batches of preference pairs, which replaces the cross-entropy.
 * @throws RangeError if all weights are 0.
 */
export async function evaluateLoss(
  model: Model,
  batches: AsyncIterable<TrainingBatch>,
  group?: Pick<ProcessGroup, 'part' | 'sum'>,
  pairLoss?: PairLossOf,
): Promise<LossReport> {
  const part = group?.part() ?? WHOLE;
  let [sum, tokens, correct, index] = [0, 0, 0, 0];
  let memory: SegmentMemory | undefined;
  for await (const batch of batches) {
    if (index++ % part.count !== part.index) continue;
    if (pairLoss) {
      const own = pairLoss(batch);
      sum += own.loss;
      tokens += own.pairs;
      correct += own.correct;
    } else {
      const recall = recallOf(model.config, batch, memory);
      const losses = positionLosses(model, batch, recall);
      memory = recall?.remembered();
      batch.weights.forEach((weight, i) => {
        // A padded position may contain NaN, which multiplication by 0 does not remove.
        if (weight !== 0) sum += weight * losses[i];
        tokens += weight;
      });
    }
    await tf.nextFrame(); // allows signals and drawing
  }
  const sums = Float64Array.of(sum, tokens, correct);
  await group?.sum(sums);
  [sum, tokens, correct] = sums;
  if (tokens === 0) {
    throw new RangeError(
      'validation data: expected at least one token with a weight above 0, got none',
    );
  }
  return { loss: sum / tokens, tokens, ...(pairLoss && { accuracy: correct / tokens }) };
}

/**
 * Computes the cross-entropy of each position with nonzero weight. Only the hidden states of these positions are
 * projected on the vocabulary, which saves time for short outputs of long prompts.
 *
 * @param given - Other options of the forward pass. Activations are in the format of the parameters by default.
 * @returns nats, `[B * T]`; 0 at positions with weight 0.
 */
export function positionLosses(
  model: Model,
  batch: TrainingBatch,
  recall?: Recall,
  given: Omit<ForwardOptions, 'recall'> = {},
): Float32Array {
  checkInUse(model);
  const { decoder, parameters } = model;
  const { weights } = batch;
  const counted = Array.from(weights.keys()).filter((i) => weights[i] !== 0);
  const positions = counted.length === weights.length ? undefined : counted;
  const options = { activations: parameters.activations, ...given, recall, positions };
  const losses = tf.tidy(
    () => batchLoss(decoder, parameters.tensors(), batch, 1, options).perPosition,
  );
  const found = losses.dataSync<'float32'>();
  const all = new Float32Array(weights.length);
  counted.forEach((position, i) => {
    all[position] = found[i];
  });
  losses.dispose();
  return all;
}

/** Report of an evaluation after a step, the same in all processes. */
export interface EvaluatedStep {
  readonly step: number;
  readonly validationLoss: number;
  readonly tokens: number;
  /**
   * Score of the model's outputs, if the app scores them. With a preference loss, the fraction of the pairs whose
   * chosen answer has the higher reward, 0 to 1.
   */
  readonly validationScore?: number;
  /** Whether this is the best evaluation so far, by `bestBy`. */
  readonly best: boolean;
  readonly state: TrainingState;
}

/**
 * Evaluates the model together with the group's other processes, and calls `meet` at the end.
 *
 * @throws RangeError for a loss or a score that is not finite.
 */
export async function evaluateStep(
  {
    model,
    config,
    validation,
    score,
  }: Pick<TrainingInputs, 'model' | 'config' | 'score'> &
    Required<Pick<TrainingInputs, 'validation'>>,
  { group, pairLoss }: Pick<TrainingStrategy, 'group' | 'pairLoss'>,
  before: TrainingState,
): Promise<EvaluatedStep> {
  const { step } = before;
  group.announce(`evaluation after step ${step}`);
  const { loss, tokens, accuracy } = await group.together(() =>
    evaluateLoss(model, validation(), group, pairLoss),
  );
  checkFinite('validation loss', loss, ` after step ${step}; ${DIVERGED_ADVICE}`);
  const validationScore = accuracy ?? (score && (await group.once(score)));
  if (validationScore !== undefined) checkFinite('score', validationScore);
  await group.meet();
  const state = withEvaluation(before, { loss, score: validationScore }, config);
  return {
    step,
    validationLoss: loss,
    tokens,
    ...(validationScore !== undefined && { validationScore }),
    best: state.bestStep === step,
    state,
  };
}

/**
 * Checks that a number is finite, because other numbers cannot be compared.
 *
 * @throws RangeError for a number that is not finite.
 */
function checkFinite(name: string, value: number, cause = ''): void {
  if (Number.isFinite(value)) return;
  throw new RangeError(`${name}: expected a finite number, got ${value}${cause}`);
}

/** Validation loss and score of an evaluation; empty before the first evaluation. */
type Measured = Partial<Readonly<Record<'loss' | 'score', number>>>;

/**
 * Returns the training state after an evaluation; `bestStep` is the current step if the evaluation is the best so
 * far. An evaluation at the end of training that is not at a multiple of `evalInterval` does not count for patience.
 */
function withEvaluation(
  state: TrainingState,
  measured: Measured,
  config: TrainingConfig,
): TrainingState {
  const { loss, score } = measured;
  const isBest = isBetter(measured, bestOf(state), config);
  const isDue = state.step % config.evalInterval === 0;
  const bestDue = bestDueOf(state, config);
  const isImprovement = isDue && isBetter(measured, bestDue, config);
  const due = isImprovement ? measured : bestDue;
  const missed = state.evaluationsWithoutImprovement + (isDue ? 1 : 0);
  return {
    ...state,
    ...(isBest && { bestLoss: loss, bestStep: state.step }),
    ...(isBest && score !== undefined && { bestScore: score }),
    dueLoss: due.loss,
    dueScore: due.score,
    evaluationsWithoutImprovement: isImprovement ? 0 : missed,
  };
}

/**
 * Whether the first evaluation is better than the second: by the score if `bestBy` is `score`; by the loss otherwise,
 * and for equal scores.
 */
function isBetter(
  { loss = Infinity, score }: Measured,
  { loss: otherLoss = Infinity, score: otherScore = -Infinity }: Measured,
  { bestBy }: TrainingConfig,
): boolean {
  if (bestBy === 'loss' || score === undefined || score === otherScore) return loss < otherLoss;
  return score > otherScore;
}

function bestOf({ bestLoss, bestScore }: TrainingState): Measured {
  return { loss: bestLoss, score: bestScore };
}

/**
 * Returns the best evaluation at a multiple of `evalInterval`, for patience. If the best of all evaluations was at
 * another step, this is a different evaluation, which the state stores in `dueLoss` and `dueScore`.
 */
function bestDueOf(state: TrainingState, { evalInterval }: TrainingConfig): Measured {
  const { bestStep = 0, dueLoss, dueScore } = state;
  return bestStep % evalInterval === 0 ? bestOf(state) : { loss: dueLoss, score: dueScore };
}
