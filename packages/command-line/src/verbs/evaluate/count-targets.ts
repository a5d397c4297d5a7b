import type { TrainingBatch } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';
import { findData, findOptions } from '../../data/find-data.js';
import type { FieldsFlag } from '../../data/data-flags.js';
import { openTrainingData } from '../../data/open-training-data.js';
import { formatCount } from '../../format/format-number.js';
import type { OpenModel } from '../../model/open-model.js';
import { checkSameData, findTrainingData, wordsOf } from '../train/find-training-data.js';
import { evaluationOptions, openEvaluationData } from './evaluation-data.js';
import type { CountedIn } from './evaluation-report.js';
import { type TargetCounts, targetCounts, watchBatches } from './target-counts.js';

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
  try {
    const found = await findTrainingData(wordsOf(description), findOptions(call));
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
    const reason = error instanceof Error ? error.message : String(error);
    await output.warn(
      `the run's training data cannot be read any more, so the unigram and bigram baselines are counted in the measured data: ${reason}`,
    );
    return undefined;
  }
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
