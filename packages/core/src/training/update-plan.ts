import type { TrainingConfig } from '../config/training-config.js';
import type { Decoder } from '../model/decoder.js';
import { checkTargets, type TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { checkInUse } from '../model/model-in-use.js';
import type { ParameterUpdate } from '../parameters/parameter-store.js';
import { type RankShare, sumInPairs } from '../ranks/rank-share.js';
import { predictingLayers, secondTargets, type TotalWeights } from './objective.js';

/** The part of an update that a process computes. */
export interface UpdatePart {
  readonly share: RankShare;
  /** Sums of the weights of all micro-batches of the update, wherever they are computed. */
  readonly totals: TotalWeights;
  /**
   * Told the gradients of each of `gradientBuckets`, as they lie in memory, in their order, once their sum
   * over the micro-batches is complete. A tape tells none.
   */
  readonly onSummed?: (gradients: Float32Array) => void;
  /** Follows at once where the engine's programs end with it; a tape leaves it out. */
  readonly update?: ParameterUpdate;
}

/** What all micro-batches of an update have in common. */
export interface UpdatePlan {
  /** The layers that predict. */
  readonly layers: readonly number[];
}

/** The sums of the weights of a share's micro-batches. */
export function totalWeights(
  batches: readonly TrainingBatch[],
  { secondTarget }: Pick<TrainingConfig, 'secondTarget'>,
  share: RankShare,
): TotalWeights {
  const sumOfAll = (weightsOf: (batch: TrainingBatch) => Float32Array): number =>
    sumInPairs(
      batches.map((batch) => sumOf(weightsOf(batch))),
      share,
    );
  return {
    next: sumOfAll(({ weights }) => weights),
    second: secondTarget === 0 ? 0 : sumOfAll((batch) => secondTargets(batch).weights),
  };
}

/**
 * Plans an update, or a part of it.
 *
 * @param firstIndex - Micro-batches before these.
 * @throws RangeError for a weight within a prefix, where there is nothing to learn, where all are 0, and
 *   where a token has no target or weight.
 */
export function planUpdate(
  model: Model,
  batches: readonly TrainingBatch[],
  config: TrainingConfig,
  firstIndex: number,
  totals: TotalWeights,
): UpdatePlan {
  checkInUse(model);
  if (totals.next === 0) {
    throw new RangeError('weights: expected at least one above 0 in an update, got none');
  }
  for (const batch of batches) {
    checkTargets(batch);
    checkPrefixWeights(model.decoder, batch);
  }
  const maxSteps = config.maxSteps || Infinity; // not planned yet
  const share = Math.floor(firstIndex / config.gradAccumSteps) / maxSteps;
  return { layers: predictingLayers(model.config.nLayer, share, config) };
}

function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** A token of a prefix sees the one that it should predict: there is nothing to learn. */
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
