import type { AnyApp } from '@ramble/core';
import { type OutputScore, type OutputScoring, scoringFeature } from '@ramble/core/app';
import { messageOf } from '@ramble/core/files';
import type { CheckedSampling } from '@ramble/core/sampling';
import type { RunDescription } from '@ramble/runs';

import { findOptions, type FoundData } from '../../data/find-data.js';
import { readWhole, shareOf } from '../../data/read-data.js';
import { setApart } from '../../data/training-data.js';
import { formatCount } from '../../format/format-number.js';
import type { OpenModel } from '../../model/open-model.js';
import { cutPromptsWarning, planPrompts, writeOutputs } from '../../outputs/write-outputs.js';
import { InterruptedError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { findTrainingData, wordsOf } from '../train/find-training-data.js';
import { type EvaluationData, timedProgress } from './evaluation-data.js';

/** Scores of outputs, and of baselines without a model. */
export interface ScoredOutputs {
  readonly scores: readonly OutputScore[];
  readonly baselines: readonly ScoredBaseline[];
}

export interface ScoredBaseline {
  readonly name: string;
  readonly scores: readonly OutputScore[];
}

/** Number of sequences that are sampled in one batch. */
const BATCH_SIZE = 64;
/** Number of prompts that are sorted by length together. */
const PART = 4 * BATCH_SIZE;

/**
 * Samples answers to the prompts of the data, and scores them and the outputs of the app's baselines. Ctrl-C ends
 * the sampling, and complete outputs are scored.
 *
 * @throws InterruptedError if none is complete.
 */
export async function scoreOutputs(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  open: OpenModel,
  data: Pick<EvaluationData, 'examples'>,
  sampling: CheckedSampling,
): Promise<ScoredOutputs | undefined> {
  const { app, output } = call;
  const scoring = scoringFeature.of(app);
  if (!scoring) return undefined;
  const all: unknown[] = [];
  for await (const example of data.examples()) all.push(example);
  const prompts = all.map((example) => scoring.promptOf(example));
  const written = await writeUntilStopped(call, open, prompts, sampling);
  if (written.size < all.length) {
    await output.warn(
      `outputs are scored on ${formatCount(written.size)} of ${formatCount(all.length)} examples, as sampling was stopped`,
    );
  }
  const places = [...written.keys()].sort((a, b) => a - b);
  const examples = places.map((place) => all[place]);
  const outputs = places.map((place) => written.get(place));
  output.progress('scoring');
  return scoredOutputs(scoring, outputs, examples, () => trainingExamples(call, open));
}

/**
 * Scores outputs, and the outputs of the app's baselines.
 *
 * @param learned - Returns the training examples of the model, for baselines that learn.
 */
export async function scoredOutputs(
  scoring: OutputScoring<unknown, unknown, unknown>,
  outputs: readonly unknown[],
  examples: readonly unknown[],
  learned?: () => Promise<readonly unknown[] | undefined>,
): Promise<ScoredOutputs> {
  const scores = scoring.score(outputs, examples);
  const baselines = (await scoring.baselines?.(examples, await learned?.())) ?? [];
  const scored = baselines.map((each) => {
    return { name: each.name, scores: scoring.score(each.outputs, examples) };
  });
  return { scores, baselines: scored };
}

/**
 * Samples an output for each prompt, part by part in order, so that an early end leaves outputs for a fair sample of
 * the prompts. Returns the outputs by the index of the prompt.
 */
async function writeUntilStopped(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  { domain, model }: OpenModel,
  prompts: readonly unknown[],
  sampling: CheckedSampling,
): Promise<ReadonlyMap<number, unknown>> {
  const { app, output, io } = call;
  const stop = new AbortController();
  const forget = io.onInterrupt(() => {
    stop.abort(new InterruptedError('stopped before any output was written'));
    void output.warn('stopping; a second Ctrl-C stops at once');
  });
  const planned = planPrompts(app, domain, model.decoder, prompts, sampling.maxNewTokens);
  const warning = cutPromptsWarning(planned, domain, model.config);
  if (warning !== undefined) await output.warn(warning);
  const show = timedProgress(call, 'writing');
  const written = new Map<number, unknown>();
  try {
    for (let start = 0; start < prompts.length; start += PART) {
      const part = prompts.slice(start, start + PART);
      await writeOutputs({ app, domain, model }, part, {
        sampling,
        batchSize: BATCH_SIZE,
        signal: stop.signal,
        onOutput: (index, each) => void written.set(start + index, each),
        onProgress: () => show(written.size / prompts.length),
      });
    }
  } catch (error) {
    if (!stop.signal.aborted || written.size === 0) throw error;
  } finally {
    forget();
    output.progress('');
  }
  return written;
}

/** Returns the run's training examples, if their data still exists. */
async function trainingExamples(
  { app, io, output }: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  { description }: OpenModel,
): Promise<readonly unknown[] | undefined> {
  if (description.domain.name !== app.name) return undefined; // the run is of another app
  const { data, source, target, fields } = wordsOf(description);
  const options = findOptions({ app, io, output });
  try {
    const found = await findTrainingData({ data, source, target, fields, valid: [] }, options);
    return await learnedExamples(app, found.data, description);
  } catch (error) {
    const reason = messageOf(error);
    await output.warn(`no baseline from the training data: ${reason}`);
    return undefined;
  }
}

/**
 * Returns the run's training examples: the data without its validation part, limited to the run's `--data-share`.
 *
 * @param data - Training data of the run.
 * @throws Error that names data that cannot be read; RangeError if no part can be held out for validation, or no
 *   example is left.
 */
export async function learnedExamples(
  app: AnyApp,
  data: FoundData,
  description: Pick<RunDescription, 'data' | 'split' | 'training'>,
): Promise<readonly unknown[]> {
  const examples = await readWhole(app, data);
  const split = description.split === undefined ? 'tail' : undefined;
  const validatesOnOthers = 'valid' in description.data || 'valid-source' in description.data;
  const learned = validatesOnOthers ? examples : setApart(examples, { app, data, split }).learned;
  return shareOf(learned, description.training);
}
