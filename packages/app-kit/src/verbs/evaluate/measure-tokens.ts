import { evaluateLoss, type SamplingConfig, unitScores } from '@ramble/core';

import type { DomainCall } from '../../cli/verb.js';
import type { FoundData } from '../../data/find-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { compareSamples } from './compare-samples.js';
import { countUnits } from './count-units.js';
import { openEvaluationData } from './evaluation-data.js';
import type { EvaluationReport } from './evaluation-report.js';
import { scoreOutputs } from './score-outputs.js';
import { targetCounts } from './target-counts.js';
import { watchTargets } from './watch-targets.js';

export interface MeasureOptions {
  /** Tokens from one window to the next. */
  readonly stride?: number;
  /** Of the data's beginning, which `found` is cut to. */
  readonly maxCharacters?: number;
  /** Outputs to write and hold beside the data. */
  readonly samples: number;
  /** How outputs are written that are scored; none are unless given. */
  readonly sampling?: SamplingConfig;
}

/** The loss over the whole of some data, every token counted once. */
export async function measureTokens(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  open: OpenModel,
  found: FoundData,
  { stride, maxCharacters, samples, sampling }: MeasureOptions,
): Promise<EvaluationReport> {
  const { app, output, io } = call;
  const { domain, model, description, step } = open;
  const show = (what: string, share: number): void =>
    output.progress(`${what}: ${Math.round(100 * share)} %`);
  const { contextLength, memory, vocabSize } = model.config;
  const data = await openEvaluationData(found, {
    app,
    domain,
    contextLength,
    memory,
    batchSize: description.training.batchSize,
    stride,
    onProgress: (share) => show('reading', share),
    onSkip: (reason) => void output.warn(`left out: ${reason}`),
    onCut: (warning) => void output.warn(warning),
    onRepair: (repair) => void output.warn(`repaired: ${repair}`),
  });
  const counts = targetCounts(vocabSize);
  const batches = watchTargets(data.batches, counts.add, (sequences) =>
    show('evaluating', sequences / data.sequences),
  );
  const startMs = io.clock.now();
  const { loss, tokens } = await evaluateLoss(model, batches).finally(() => data.close());
  const seconds = (io.clock.now() - startMs) / 1000;
  const units = await countUnits(app, domain, data.examples());
  return {
    loss,
    tokens,
    scores: unitScores((loss * tokens) / data.predictedShare, units),
    baselines: { uniform: Math.log(vocabSize), unigram: counts.unigram(), bigram: counts.bigram() },
    stride: data.stride,
    maxCharacters,
    ...(memory !== undefined && { memory }),
    ...(sampling && { outputs: await scoreOutputs(call, open, data, sampling) }),
    ...(samples > 0 && {
      statistics: await compareSamples(call, open, data, samples),
    }),
    tokensPerSecond: tokens / seconds,
    step,
  };
}
