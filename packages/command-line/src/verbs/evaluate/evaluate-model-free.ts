import { scoringFeature } from '@ramble/core/app';

import { FIELDS_FLAG, findGivenData, PARALLEL_FLAGS } from '../../data/data-flags.js';
import { readWhole } from '../../data/read-data.js';
import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, flagName, type Flags, type FlagValues, SWITCH } from '../../verb/flag.js';
import type { DomainCall } from '../../verb/verb.js';
import { outputLines } from './evaluation-report.js';
import { modelFreeWriter } from '../sample/model-free.js';
import { scoredOutputs } from './score-outputs.js';

/** Flags of `evaluate` that do not select a model. All except the data flags need a model. */
export const MEASURE_FLAGS = {
  data: {
    kind: 'list',
    basic: true,
    derived: 'none',
    description: 'Files, folders, names of corpora, or - for standard input.',
  },
  ...FIELDS_FLAG,
  ...PARALLEL_FLAGS,
  trainData: {
    kind: 'list',
    derived: "the run's own training data",
    description: 'Data whose counts make the unigram and bigram baselines.',
  },
  stride: {
    ...COUNT,
    derived: 'the context length',
    description:
      'Number of tokens from one window to the next: a smaller stride gives each token more context.',
  },
  maxCharacters: {
    kind: 'integer',
    min: 2,
    derived: 'all',
    description: 'Maximum number of characters to measure, from the beginning of the data.',
  },
  maxExamples: {
    ...COUNT,
    basic: true,
    derived: 'all',
    description: 'Maximum number of examples to measure, from the beginning of the data.',
  },
  memory: {
    kind: 'integer',
    min: 0,
    derived: "the run's",
    description: 'Number of tokens of earlier segments to remember; only for transformer-xl.',
  },
  samples: {
    kind: 'integer',
    min: 0,
    default: 0,
    description: 'Number of outputs to generate and compare with the data.',
  },
  sampleTokens: {
    ...COUNT,
    derived: 'as many as fit into the context',
    description: 'Maximum number of tokens of each of these outputs.',
  },
  out: {
    kind: 'string',
    basic: true,
    placeholder: 'file.html',
    derived: 'none',
    description: 'A page to write, with charts that compare the samples with the data.',
  },
  lastWord: {
    ...SWITCH,
    basic: true,
    description: 'Predict only the last word of each text, as LAMBADA does.',
  },
  choices: {
    ...SWITCH,
    basic: true,
    description: 'Answer questions with choices, in files of the form of HellaSwag, ARC or MMLU.',
  },
  outputScores: {
    kind: 'boolean',
    derived: 'true',
    description: 'Generate outputs and score them; --no-output-scores skips this.',
  },
} as const satisfies Flags;

export type MeasureFlags = FlagValues<typeof MEASURE_FLAGS>;

/**
 * Scores the outputs of a method that needs no model, compared with the app's baselines.
 *
 * @throws UsageError for flags that measure a model.
 */
export async function evaluateWithoutModel(
  call: DomainCall<MeasureFlags>,
  method: string,
): Promise<void> {
  const { app, flags, output, settings, io } = call;
  const scoring = scoringFeature.of(app);
  if (!scoring) return;
  checkFlags(flags, method);
  const write = modelFreeWriter(app, method, settings);
  const found = await findGivenData(call);
  const examples = await readWhole(app, found, {
    onProgress: (share: number) => output.progress(`reading: ${Math.round(100 * share)} %`),
    onSkip: (reason: string) => void output.warn(`left out: ${reason}`),
  });
  const outputs: unknown[] = [];
  const startMs = io.clock.now();
  for (const example of examples) {
    const prompt = scoring.promptOf(example);
    outputs.push(write(prompt));
    output.progress(`writing: ${Math.round((100 * outputs.length) / examples.length)} %`);
  }
  const seconds = (io.clock.now() - startMs) / 1000;
  output.progress('scoring');
  const scored = await scoredOutputs(scoring, outputs, examples);
  output.progress('');
  const report = { method, examples: examples.length, outputs: scored, seconds };
  if (output.isJson) await output.printJson(report);
  else for (const line of outputLines(report.outputs, method)) await output.print(line);
}

function checkFlags(flags: MeasureFlags, method: string): void {
  const { stride, maxCharacters, memory, sampleTokens, out, trainData, outputScores } = flags;
  const others = {
    ...{ stride, maxCharacters, memory, sampleTokens, out, trainData },
    samples: flags.samples > 0 || undefined,
    lastWord: flags.lastWord || undefined,
    outputScores: outputScores === false || undefined,
  };
  const wrong = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (wrong === undefined) return;
  throw new UsageError(
    `${flagName(wrong)}: expected no value with --method ${method}, which needs no model, got one`,
  );
}
