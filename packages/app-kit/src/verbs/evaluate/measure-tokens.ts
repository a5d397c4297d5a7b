import { evaluateLoss, unitScores } from '@ramble/core';

import type { DomainCall } from '../../cli/verb.js';
import type { FoundData } from '../../data/find-data.js';
import type { OpenModel } from '../../model/open-model.js';
import { countUnits } from './count-units.js';
import { entropy } from './entropy.js';
import { openEvaluationData } from './evaluation-data.js';
import type { EvaluationReport } from './evaluation-report.js';
import { watchTargets } from './watch-targets.js';

/** The loss over the whole of some data, every token counted once. */
export async function measureTokens(
  { app, output, io }: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  { domain, model, description, step }: OpenModel,
  found: FoundData,
  stride?: number,
): Promise<EvaluationReport> {
  const show = (what: string, share: number): void =>
    output.progress(`${what}: ${Math.round(100 * share)} %`);
  const { contextLength, vocabSize } = model.config;
  const data = await openEvaluationData(found, {
    app,
    domain,
    contextLength,
    batchSize: description.training.batchSize,
    stride,
    onProgress: (share) => show('reading', share),
  });
  const counts = new Float64Array(vocabSize);
  const batches = watchTargets(data.batches, counts, (sequences) =>
    show('evaluating', sequences / data.sequences),
  );
  const startMs = io.clock.now();
  const { loss, tokens } = await evaluateLoss(model, batches).finally(() => data.close());
  const seconds = (io.clock.now() - startMs) / 1000;
  const units = await countUnits(app, found.files);
  return {
    loss,
    tokens,
    scores: unitScores((loss * tokens) / data.predictedShare, units),
    baselines: { uniform: Math.log(vocabSize), unigram: entropy(counts) },
    stride: app.packing === 'stream' ? (stride ?? contextLength) : undefined,
    tokensPerSecond: tokens / seconds,
    step,
  };
}
