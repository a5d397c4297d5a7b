import type { CheckedSampling, OutputScore } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';
import { findOptions } from '../../data/find-data.js';
import { learnedExamples } from '../../data/learned-examples.js';
import type { OpenModel } from '../../model/open-model.js';
import { writeOutputs } from '../../outputs/write-outputs.js';
import { findTrainingData, wordsOf } from '../train/find-training-data.js';
import type { EvaluationData } from './evaluation-data.js';

/** Scores of outputs, and of baselines without a model. */
export interface ScoredOutputs {
  readonly scores: readonly OutputScore[];
  readonly baselines: readonly ScoredBaseline[];
}

export interface ScoredBaseline {
  readonly name: string;
  readonly scores: readonly OutputScore[];
}

/** Sequences that are written side by side. */
const BATCH_SIZE = 64;

/**
 * Samples answers to the prompts of the data, and scores them and the outputs of the app's
 * baselines.
 */
export async function scoreOutputs(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  open: OpenModel,
  data: Pick<EvaluationData, 'examples'>,
  sampling: CheckedSampling,
): Promise<ScoredOutputs | undefined> {
  const { app, output } = call;
  const { scoring } = app;
  if (!scoring) return undefined;
  const examples: unknown[] = [];
  for await (const example of data.examples()) examples.push(example);
  const prompts = examples.map((example) => scoring.promptOf(example));
  const { domain, model } = open;
  const outputs = await writeOutputs({ app, domain, model }, prompts, {
    sampling,
    batchSize: BATCH_SIZE,
    onCut: (warning) => void output.warn(warning),
    onProgress: (share) => output.progress(`writing: ${Math.round(100 * share)} %`),
  });
  output.progress('');
  const baselines = (await scoring.baselines?.(examples, await trainingExamples(call, open))) ?? [];
  return {
    scores: scoring.score(outputs, examples),
    baselines: baselines.map((baseline) => {
      return { name: baseline.name, scores: scoring.score(baseline.outputs, examples) };
    }),
  };
}

/** What the run learned from, where that is still there. */
async function trainingExamples(
  { app, io, output }: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  { description }: OpenModel,
): Promise<readonly unknown[] | undefined> {
  if (description.domain.name !== app.name) return undefined; // it learned something else
  const { data, source, target, fields } = wordsOf(description);
  const options = findOptions({ app, io, output });
  try {
    const found = await findTrainingData({ data, source, target, fields, valid: [] }, options);
    return await learnedExamples(app, found.data, description);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await output.warn(`no baseline from the training data: ${reason}`);
    return undefined;
  }
}
