import { evaluateLoss } from '@ramble/core';

import type { DomainCall, DomainProgram } from '../../cli/verb.js';
import { findData } from '../../data/find-data.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';
import { openModel } from '../../model/open-model.js';
import { countUnits } from './count-units.js';
import { entropy } from './entropy.js';
import { openEvaluationData } from './evaluation-data.js';
import { reportJson, reportLines } from './evaluation-report.js';
import { unitScores } from './unit-scores.js';
import { watchTargets } from './watch-targets.js';

export interface EvaluateFlags extends ModelFlags {
  readonly data: readonly string[];
  readonly stride?: number;
}

/** `evaluate`: the loss over the whole of some data, every token counted once, beside baselines. */
export const evaluateProgram = {
  flags: {
    ...MODEL_FLAGS,
    data: {
      kind: 'list',
      description: 'Files, folders, names of corpora, or - for standard input.',
    },
    stride: {
      kind: 'integer',
      min: 1,
      derived: 'the context length',
      description:
        'Tokens from one window to the next: a smaller one shows each token more context.',
    },
  },
  run,
} satisfies DomainProgram<EvaluateFlags>;

async function run(call: DomainCall<EvaluateFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  const show = (what: string, share: number): void =>
    output.progress(`${what}: ${Math.round(100 * share)} %`);
  const { extensions } = app;
  const found = await findData(flags.data, { extensions, stdin: io.stdin, output });
  const { domain, model, description, step } = await openModel(call);
  const { contextLength, vocabSize } = model.config;
  const data = await openEvaluationData(found, {
    app,
    domain,
    contextLength,
    batchSize: description.training.batchSize,
    stride: flags.stride,
    onProgress: (share) => show('reading', share),
  });
  const counts = new Float64Array(vocabSize);
  const batches = watchTargets(data.batches, counts, (sequences) =>
    show('evaluating', sequences / data.sequences),
  );
  const startMs = io.clock.now();
  const { loss, tokens } = await evaluateLoss(model, batches).finally(() => data.close());
  const seconds = (io.clock.now() - startMs) / 1000;
  output.progress('');

  const units = await countUnits(app, found.files);
  const report = {
    loss,
    tokens,
    scores: unitScores((loss * tokens) / data.predictedShare, units),
    baselines: { uniform: Math.log(vocabSize), unigram: entropy(counts) },
    stride: app.packing === 'stream' ? (flags.stride ?? contextLength) : undefined,
    tokensPerSecond: tokens / seconds,
    step,
  };
  if (output.isJson) await output.printJson(reportJson(report));
  else for (const line of reportLines(report)) await output.print(line);
}
