import type { TrainingConfig } from '../config/training-config.js';
import type { Decoder } from '../model/decoder.js';
import { checkTargets, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkInUse } from '../model/model-in-use.js';
import type { ParameterUpdate } from '../parameters/parameter-store.js';
import { predictingLayers, secondTargets, type TotalWeights } from './objective.js';

/** One part of work that is divided into `count` parts of about equal size. */
export interface Part {
  /** Number of the part, from 0 to `count - 1`. */
  readonly index: number;
  readonly count: number;
}

/** The part of a process that trains alone: all of the work. */
export const WHOLE: Part = { index: 0, count: 1 };

/** The micro-batches of an update that one process computes. */
export interface UpdateShare {
  readonly start: number;
  /** Index after the last micro-batch. */
  readonly end: number;
  /**
   * Number of additions after each micro-batch. Pending sums are on a stack: each addition pops one and adds it to
   * the micro-batch's result, which is then pushed. After the last micro-batch, a single sum is left.
   */
  readonly additions: readonly number[];
}

/**
 * Divides the micro-batches of an update among processes, and determines the order of summation: pairs first,
 * then pairs of pairs, so that at most log2 of their number are pending. The order is a binary tree: its root
 * is all micro-batches, and each half is a branch. Part p of N is the micro-batches from `count * p / N` up
 * to `count * (p + 1) / N`. If N is a power of 2, each part is a branch. Processes that sum their parts in
 * this order, and then sum over pairs of processes, therefore get the same bits as one process.
 *
 * @param count - Number of micro-batches of an update, at least 1. If it is below the number of parts, some
 *   parts are empty.
 */
export function shareOf(count: number, { index, count: parts }: Part): UpdateShare {
  const start = Math.floor((count * index) / parts);
  const end = Math.floor((count * (index + 1)) / parts);
  const additions = new Array<number>(end - start).fill(0);
  /**
   * Counts the additions below a branch, and returns whether the branch has micro-batches.
   *
   * @param branch - Index of the branch among the `branches` at its height.
   */
  const visit = (branch: number, branches: number): boolean => {
    const first = Math.floor((count * branch) / branches);
    const after = Math.floor((count * (branch + 1)) / branches);
    if (after - first < 2) return after > first;
    const [left, right] = [visit(2 * branch, 2 * branches), visit(2 * branch + 1, 2 * branches)];
    if (left && right) additions[after - 1 - start]++;
    return true;
  };
  visit(index, parts);
  return { start, end, additions };
}

/** Returns the micro-batches of a process that trains alone: all of them. */
export function wholeShare(count: number): UpdateShare {
  return shareOf(count, WHOLE);
}

/** Sums the results of micro-batches in the order of an `UpdateShare`. */
export interface PairwiseSum<T> {
  /**
   * Adds the result of a micro-batch.
   *
   * @param additions - Number of the newest pending sums to add to it.
   */
  add(value: T, additions: number): void;
  /** Returns the sum of all results, after the last one. */
  result(): T;
}

/**
 * Makes an empty sum in pairs.
 *
 * @param plus - Returns the sum of two values; may consume both.
 */
export function pairwiseSum<T>(plus: (sum: T, waiting: T) => T): PairwiseSum<T> {
  const waiting: T[] = [];
  return {
    add: (value, additions) => {
      let sum = value;
      for (let n = 0; n < additions; n++) sum = plus(sum, waiting.pop() as T); // a share adds only pending sums
      waiting.push(sum);
    },
    result: () => waiting[0],
  };
}

/** Sums one number per micro-batch in the order of a share. */
export function sumInPairs(
  numbers: readonly number[],
  { additions }: Pick<UpdateShare, 'additions'>,
): number {
  const sums = pairwiseSum((sum: number, waiting: number) => sum + waiting);
  numbers.forEach((number, i) => {
    sums.add(number, additions[i]);
  });
  return sums.result();
}

/** The part of an update that a process computes. */
export interface UpdatePart {
  readonly share: UpdateShare;
  /** Sums of the weights of all micro-batches of the update, in all processes. */
  readonly totals: TotalWeights;
  /**
   * Called with the gradients of each of `gradientBuckets`, in that order and in their memory layout, when their
   * sum over the micro-batches is complete. The gradient tape never calls it.
   */
  readonly onSummed?: (gradients: Float32Array) => void;
  /** Update to apply after the gradients, if the engine's programs include it. The gradient tape ignores it. */
  readonly update?: ParameterUpdate;
}

/** Sums over the micro-batches of an update, or of a part of it. */
export interface UpdateTotals extends TotalWeights {
  /** Number of input tokens, without padding. */
  readonly inputs: number;
  /** Number of targets with nonzero weight. */
  readonly targets: number;
}

/**
 * Returns the sums of weights and the counts of tokens over a share's micro-batches. Weights are summed in the
 * share's order (`shareOf`), so that processes get the same bits.
 */
export function updateTotals(
  batches: readonly TrainingBatch[],
  { secondTarget }: Pick<TrainingConfig, 'secondTarget'>,
  share: UpdateShare,
): UpdateTotals {
  const sumOfAll = (weightsOf: (batch: TrainingBatch) => Float32Array): number =>
    sumInPairs(
      batches.map(
        (batch) => batch.total ?? weightsOf(batch).reduce((sum, weight) => sum + weight, 0),
      ),
      share,
    );
  const count = (countOf: (batch: TrainingBatch) => number): number =>
    batches.reduce((sum, batch) => sum + countOf(batch), 0);
  return {
    next: sumOfAll(({ weights }) => weights),
    second: secondTarget === 0 ? 0 : sumOfAll((batch) => secondTargets(batch).weights),
    inputs: count(countInputs),
    targets: count(({ weights }) => weights.filter((weight) => weight !== 0).length),
  };
}

/**
 * Checks the micro-batches of an update, or of a part of it, and returns the indices of the layers that predict.
 *
 * @param firstIndex - Number of micro-batches of the training before these.
 * @throws RangeError for a nonzero weight within a prefix, if all weights are 0, and if a token has no target
 *   or weight.
 */
export function planUpdate(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
  totals: TotalWeights,
): number[] {
  checkInUse(model);
  if (totals.next === 0) {
    throw new RangeError('weights: expected at least one above 0 in an update, got none');
  }
  for (const batch of batches) {
    if (batch.arePairs) {
      throw new RangeError(
        'preference: expected dpo or orpo for batches of pairs, got the loss of tokens',
      );
    }
    checkTargets(batch);
    checkPrefixWeights(model.decoder, batch);
  }
  const maxSteps = config.maxSteps || Infinity; // not planned yet
  const share = Math.floor(firstIndex / config.gradAccumSteps) / maxSteps;
  return predictingLayers(model.config.nLayer, share, config);
}

/**
 * Returns the number of input tokens of a batch without padding: the tokens of each sequence up to the last one whose
 * target has a nonzero weight.
 */
function countInputs({ weights, batchSize }: TrainingBatch): number {
  const length = weights.length / batchSize;
  let count = 0;
  for (let start = 0; start < weights.length; start += length) {
    let end = start + length;
    while (end > start && weights[end - 1] === 0) end--;
    count += end - start;
  }
  return count;
}

/**
 * Checks that targets within a prefix have weight 0, because a token of a prefix sees the token that it would predict.
 */
function checkPrefixWeights(
  { hasPrefix }: Decoder,
  { weights, prefixLengths, batchSize }: TrainingBatch,
): void {
  if (!hasPrefix || !prefixLengths) return;
  const T = weights.length / batchSize;
  prefixLengths.forEach((length, row) => {
    const seen = weights.subarray(row * T, row * T + Math.max(0, length - 1));
    const wrong = seen.find((weight) => weight !== 0);
    if (wrong === undefined) return;
    throw new RangeError(
      `weights: expected 0 within a prefix, whose tokens attend to one another, got ${wrong}; ` +
        'train on the output alone (sourceLoss 0) or use attention causal',
    );
  });
}
