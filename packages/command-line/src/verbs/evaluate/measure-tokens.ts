import { type CheckedSampling, evaluateLoss, unitScores } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';
import { formatCount } from '../../format/format-count.js';
import { InterruptedError } from '../../verb/exit-errors.js';
import type { FoundData } from '../../data/find-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { compareSamples } from './compare-samples.js';
import type { LearnedCounts } from './count-targets.js';
import { countUnits } from './count-units.js';
import { openEvaluationData } from './evaluation-data.js';
import { evaluationOptions, timedProgress } from './evaluation-options.js';
import type { EvaluationReport } from './evaluation-report.js';
import { learnedLosses, ownLosses } from './guess-losses.js';
import { scoreOutputs } from './score-outputs.js';
import { targetCounts } from './target-counts.js';
import { watchTargets } from './watch-targets.js';

export interface MeasureOptions {
  /** Tokens from one window to the next. */
  readonly stride?: number;
  /** Maximum number of characters to measure, from the beginning of the data; `found` is cut to them. */
  readonly maxCharacters?: number;
  /** Number of outputs to sample and compare with the data. */
  readonly samples: number;
  /** Maximum number of tokens of each; what fits the context unless given. */
  readonly sampleTokens?: number;
  /** How outputs are written that are scored; none are unless given. */
  readonly sampling?: CheckedSampling;
  /** Counts of other data, by which the baselines guess; those of the measured data unless given. */
  readonly learned?: () => Promise<LearnedCounts | undefined>;
}

/**
 * The loss over the whole of some data, every token counted once.
 *
 * @throws InterruptedError with the loss of the tokens so far, when Ctrl-C ends it.
 */
export async function measureTokens(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  open: OpenModel,
  found: FoundData,
  { stride, maxCharacters, samples, sampleTokens, sampling, learned: countLearned }: MeasureOptions,
): Promise<EvaluationReport> {
  const { app, io } = call;
  const { domain, model, step } = open;
  const { memory, vocabSize } = model.config;
  const options = evaluationOptions(call, open);
  const data = await openEvaluationData(found, { ...options, memory, stride });
  const counts = targetCounts(vocabSize);
  const show = timedProgress(call, 'evaluating');
  const batches = watchTargets(data.batches, counts.add, (sequences) =>
    show(sequences / data.sequences),
  );
  const startMs = io.clock.now();
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  const { loss, tokens } = await evaluateLoss(
    model,
    until(() => stop.signal.aborted, batches),
  ).finally(() => {
    forget();
    return data.close();
  });
  if (stop.signal.aborted) {
    throw new InterruptedError(
      `stopped: the loss of the first ${formatCount(tokens)} tokens is ${loss.toFixed(4)}`,
    );
  }
  const seconds = (io.clock.now() - startMs) / 1000;
  const { shortened } = data;
  const learned = await countLearned?.();
  const units = await countUnits(app, domain, shortened?.examples ?? data.examples());
  return {
    loss,
    tokens,
    scores: unitScores((loss * tokens) / data.predictedShare, units),
    baselines: {
      uniform: Math.log(vocabSize),
      ...(learned ? learnedLosses(counts, learned.counts) : ownLosses(counts)),
      countedIn: learned?.countedIn ?? 'measured',
    },
    stride: data.stride,
    leftOut: shortened?.leftOut,
    maxCharacters,
    maxExamples: found.maxExamples,
    ...(memory !== undefined && { memory }),
    ...(sampling && { outputs: await scoreOutputs(call, open, data, sampling) }),
    ...(samples > 0 && {
      statistics: await compareSamples(call, open, data, { count: samples, sampleTokens }),
    }),
    tokensPerSecond: tokens / seconds,
    step,
  };
}

/** Items up to the first after which a condition holds. */
async function* until<T>(isDone: () => boolean, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    if (isDone()) return;
  }
}
