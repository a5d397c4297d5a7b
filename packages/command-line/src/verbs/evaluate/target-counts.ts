import type { TrainingBatch } from '@ramble/core';
import { messageOf } from '@ramble/core/files';
import { listCorpora } from '@ramble/datasets';

import type { FieldsFlag } from '../../data/data-flags.js';
import { findData, findOptions } from '../../data/find-data.js';
import { openTrainingData } from '../../data/open-training-data.js';
import { formatCount } from '../../format/format-number.js';
import type { OpenModel } from '../../model/open-model.js';
import type { DomainCall } from '../../verb/verb.js';
import {
  checkSameData,
  type DataWords,
  findTrainingData,
  wordsOf,
} from '../train/find-training-data.js';
import { evaluationOptions, openEvaluationData } from './evaluation-data.js';
import type { CountedIn } from './evaluation-report.js';

/** Token counts of the training data, from which baselines predict. */
export interface LearnedCounts {
  readonly counts: TargetCounts;
  readonly countedIn: Exclude<CountedIn, 'measured'>;
}

type Call = Pick<DomainCall<object>, 'app' | 'io' | 'output'>;

/** Counts the target tokens of some data, without running a model. */
export async function countTargets(
  call: Call & Pick<DomainCall<FieldsFlag>, 'flags'>,
  open: OpenModel,
  paths: readonly string[],
): Promise<LearnedCounts> {
  const named = { flag: 'trainData', fieldNames: call.flags.fields };
  const found = await findData(paths, { ...findOptions(call), ...named });
  const data = await openEvaluationData(found, evaluationOptions(call, open));
  try {
    return { counts: await countBatches(call, open, data.batches), countedIn: 'trainData' };
  } finally {
    await data.close();
  }
}

/**
 * Counts the training data of a run, without its validation data.
 *
 * @returns `undefined` for a run without its own data and, with a warning, if its data is no longer readable.
 */
export async function countLearned(
  call: Call,
  open: OpenModel,
): Promise<LearnedCounts | undefined> {
  const { app, output } = call;
  const { description, domain } = open;
  const isOwn = description.domain.name === app.name && Object.keys(description.data).length > 0;
  if (!isOwn) return undefined;
  const { model: config, training, split } = description;
  const words = wordsOf(description);
  try {
    const found = await findTrainingData(words, findOptions(call));
    checkSameData(found, { description, storage: { name: 'the run' } });
    const data = await openTrainingData({
      ...{ ...found, app, domain, config, training },
      split: split === undefined ? 'tail' : undefined,
      onSkip: () => undefined, // skipped examples were reported in training
    });
    try {
      return { counts: await countBatches(call, open, data.learned()), countedIn: 'run' };
    } finally {
      await data.close();
    }
  } catch (error) {
    const counted = 'so the unigram and bigram baselines are counted in the measured data';
    await output.warn(
      `the run's training data cannot be read, ${counted}${howToGet(words)}: ${messageOf(error)}`,
    );
    return undefined;
  }
}

/**
 * Returns advice such as `; get it with ramble data get NAME` for each corpus of a run's data; empty if it has none.
 */
function howToGet({ data = [], valid = [] }: DataWords): string {
  const named = [...data, ...valid].map((word) => word.split(':', 1)[0]);
  const corpora = listCorpora().filter(({ name }) => named.includes(name));
  if (corpora.length === 0) return '';
  return `; get it with ${corpora.map(({ name }) => `ramble data get ${name}`).join(' and ')}`;
}

async function countBatches(
  { output }: Call,
  { model }: OpenModel,
  batches: AsyncIterable<TrainingBatch>,
): Promise<TargetCounts> {
  const counts = targetCounts(model.config.vocabSize);
  const watched = watchBatches(batches, (batch, sequences) => {
    counts.addBatch(batch);
    output.progress(`counting: ${formatCount(sequences)} sequences`);
  });
  while (!counts.isFull && (await watched.next()).done !== true);
  await watched.return(undefined);
  return counts;
}

/** Counts of target tokens, for the losses of baselines. */
export interface TargetCounts {
  /** Whether counting has stopped, because the maximum number of different pairs is reached. */
  readonly isFull: boolean;
  /** Number of times that each token was a target, `[V]`. */
  readonly tokens: Float64Array;
  /** Number of occurrences of each pair of tokens, by `before * V + target`; pairs that never occurred are absent. */
  readonly pairs: ReadonlyMap<number, number>;
  readonly add: (target: number, before: number, weight: number) => void;
  /** Counts the targets of a batch that have a weight in the loss. */
  readonly addBatch: (batch: TrainingBatch) => void;
}

/** Maximum number of different pairs: some hundred megabytes, and fewer than a map's limit. */
const MAX_PAIRS = 2 ** 22;

/**
 * Counts target tokens and pairs of tokens, for the unigram and bigram baselines.
 *
 * @param mostPairs - Number of different pairs at which counting stops.
 */
export function targetCounts(vocabSize: number, mostPairs = MAX_PAIRS): TargetCounts {
  const tokens = new Float64Array(vocabSize);
  const pairs = new Map<number, number>();
  const counts: TargetCounts = {
    tokens,
    pairs,
    get isFull() {
      return pairs.size >= mostPairs;
    },
    add: (target, before, weight) => {
      if (pairs.size >= mostPairs) return;
      tokens[target] += weight;
      const pair = before * vocabSize + target;
      pairs.set(pair, (pairs.get(pair) ?? 0) + weight);
    },
    addBatch: ({ tokens: befores, targets, weights }) =>
      weights.forEach((weight, i) => {
        if (weight > 0) counts.add(targets[i], befores[i], weight);
      }),
  };
  return counts;
}

/** The entropy of frequencies in nats: the loss of a unigram model with the true frequencies. */
export function entropy(counts: Float64Array): number {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.reduce((total, count) => {
    const share = count / sum;
    return share > 0 ? total - share * Math.log(share) : total;
  }, 0);
}

/**
 * Yields batches, and calls `onBatch` when the consumer asks for the next one.
 *
 * @param onBatch - Called with the batch and the number of sequences so far.
 */
export async function* watchBatches(
  batches: AsyncIterable<TrainingBatch>,
  onBatch: (batch: TrainingBatch, sequences: number) => void,
): AsyncGenerator<TrainingBatch> {
  let sequences = 0;
  for await (const batch of batches) {
    yield batch;
    sequences += batch.batchSize;
    onBatch(batch, sequences);
  }
}
