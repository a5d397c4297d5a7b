/**
 * Training on pairs of a chosen and a rejected answer to the same prompt.
 *
 * The losses depend only on the log probabilities of whole answers. Their gradient is therefore a weighted sum of the
 * gradients of token losses, with one weight for each answer. A forward pass gives the weights, and the ordinary
 * training pass computes the gradient. It costs more time than a special backward pass, but every engine and strategy
 * supports it.
 */
import { recallOf } from '../attention/segment-memory.js';
import {
  type AnswerScore,
  PREFERENCE_LOSSES,
  type PreferenceSettings,
} from '../config/preference-losses.js';
import type { ForwardOptions, TrainingBatch } from '../model/forward.js';
import type { Model } from '../model/model.js';
import { alone } from './alone.js';
import { passOptions } from './gradients.js';
import { positionLosses } from './evaluate-loss.js';
import type { MakeStrategy, PairLoss } from './strategy.js';
import { shareOf, sumInPairs } from './update-plan.js';

/** The loss of a batch of pairs. */
interface PreferenceReport extends PairLoss {
  /**
   * The batch with other target weights: the sum of its token losses by these weights has the same gradient as the
   * preference loss.
   */
  readonly weighted: TrainingBatch;
}

/**
 * Computes the preference loss of a batch of pairs of a chosen and a rejected answer.
 *
 * @param options - Dropout of the model, in training.
 * @throws RangeError for a batch without pairs, and for an answer without tokens that count.
 */
export function preferenceOf(
  model: Model,
  batch: TrainingBatch,
  { preference, preferenceBeta }: PreferenceSettings,
  options: Pick<ForwardOptions, 'dropoutOf'> = {},
): PreferenceReport {
  if (preference === 'none' || !batch.arePairs) {
    const got =
      preference === 'none' ? 'the loss of tokens' : 'sequences without a rejected answer';
    throw new RangeError(`preference: expected dpo or orpo, and batches of pairs, got ${got}`);
  }
  const rule = PREFERENCE_LOSSES[preference];
  const scores = answerScores(model, batch, rule.hasReference, options);
  const T = batch.weights.length / batch.batchSize;
  const weights = batch.weights.slice();
  let [loss, correct, margin] = [0, 0, 0];
  for (let row = 0; row < scores.length; row += 2) {
    const pair = rule.of(scores[row], scores[row + 1], preferenceBeta);
    loss += pair.loss;
    margin += pair.margin;
    if (pair.margin > 0) correct++;
    pair.slopes.forEach((slope, i) => {
      for (let at = (row + i) * T; at < (row + i + 1) * T; at++) weights[at] *= -slope;
    });
  }
  const pairs = scores.length / 2;
  const weighted = { ...batch, arePairs: false, weights, total: pairs };
  return { loss, pairs, correct, margin, weighted };
}

/** Returns the log probability of each answer by the model, and by the reference model if the loss has one. */
function answerScores(
  model: Model,
  batch: TrainingBatch,
  hasReference: boolean,
  { dropoutOf }: Pick<ForwardOptions, 'dropoutOf'>,
): AnswerScore[] {
  const activations = 'f32'; // as in the training pass
  const sumsOf = (of: Model, options: ForwardOptions): ReturnType<typeof answerSums> => {
    const recall = recallOf(model.config, batch);
    return answerSums(batch, positionLosses(of, batch, recall, options));
  };
  const own = sumsOf(model, { activations, dropoutOf });
  const references = hasReference ? sumsOf(withoutAdapters(model), { activations }) : undefined;
  return own.map((each, row) => ({ ...each, reference: references?.[row].sum ?? 0 }));
}

/**
 * Returns the log probability and the number of tokens of each answer; both are sums by the weights of the tokens.
 *
 * @param losses - Cross-entropy of each position, `[B * T]`.
 * @throws RangeError for an answer without tokens that count.
 */
function answerSums(
  { weights, batchSize }: TrainingBatch,
  losses: Float32Array,
): { readonly sum: number; readonly count: number }[] {
  const T = weights.length / batchSize;
  return Array.from({ length: batchSize }, (_, row) => {
    let [sum, count] = [0, 0];
    for (let at = row * T; at < (row + 1) * T; at++) {
      sum -= weights[at] * losses[at];
      count += weights[at];
    }
    if (count > 0) return { sum, count };
    throw new RangeError(
      'weights: an answer of a pair has no token that counts, so it has no probability',
    );
  });
}

/** Returns a model without its adapters, which is the reference model of the preference loss. */
function withoutAdapters({ decoder, ...model }: Model): Model {
  const adapters = decoder.adapters && { ...decoder.adapters, layers: new Map() };
  return { ...model, decoder: { ...decoder, adapters } };
}

/**
 * Returns a function that makes a strategy. If the settings choose a preference loss, the strategy learns and
 * evaluates pairs of answers; otherwise it is the strategy that `make` returns.
 *
 * @param make - Makes the strategy that computes and applies the updates.
 */
export function learnPairs(make: MakeStrategy = alone): MakeStrategy {
  return (setup) => {
    const strategy = make(setup);
    const { model, config: settings } = setup;
    if (settings.preference === 'none') return strategy;
    const { group, updates, rounds } = strategy;
    const pass: typeof updates.pass = async (batches, config, firstIndex, memory, update) => {
      const share = shareOf(config.gradAccumSteps, group.part());
      const reports = batches.map((batch, i) => {
        const options = passOptions(config, firstIndex + share.start + i);
        return preferenceOf(model, batch, config, options);
      });
      const weighted = reports.map((report) => report.weighted);
      const own = await updates.pass(weighted, config, firstIndex, memory, update);
      const sums = Float64Array.from(['loss', 'margin', 'correct'] as const, (name) =>
        sumInPairs(
          reports.map((report) => report[name]),
          share,
        ),
      );
      if (!rounds) await group.sum(sums); // the updates of a round are of this process alone
      const [loss, rewardMargin, rewardAccuracy] = sums.map((sum) => sum / own.weight);
      return { ...own, loss, rewardMargin, rewardAccuracy };
    };
    return {
      ...strategy,
      updates: { ...updates, pass },
      pairLoss: (batch) => preferenceOf(model, batch, settings),
    };
  };
}
