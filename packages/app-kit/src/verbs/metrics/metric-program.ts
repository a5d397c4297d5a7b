import { randomAt } from '@ramble/core';
import {
  bootstrapConfidence,
  type BootstrapOptions,
  type Confidence,
  corpusScore,
  formatScore,
  type Metric,
  pairedBootstrap,
  type Score,
} from '@ramble/metrics';

import { UsageError } from '../../cli/exit-errors.js';
import type { FlagTable } from '../../cli/flag.js';
import type { Call, PlainProgram } from '../../cli/verb.js';
import { METRIC_FLAGS, type MetricFlags } from './metric-flags.js';
import { readSegments, type Segments } from './read-segments.js';

/** How a metric is had from its flags, and shown. */
export interface MetricVerb<Options, S extends Score> {
  readonly flags: FlagTable<Options>;
  metric(flags: MetricFlags & Options): Metric<S>;
  /** A line as it stands in the file, as the metric reads it. */
  prepare?(line: string, flags: Options): string;
  /** The number that the bootstrap is about. */
  numberOf?(score: S, flags: Options): number;
  /** Lines for people; the one that sacreBLEU prints unless given. */
  show?(score: S, flags: MetricFlags): readonly string[];
}

/** `metrics NAME`: scores files, one segment a line. */
export function metricProgram<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
): PlainProgram<MetricFlags & Options> {
  // TypeScript does not see that a table of two records is the two tables together.
  const flags = { ...METRIC_FLAGS, ...verb.flags } as FlagTable<MetricFlags & Options>;
  return { flags, run: (call) => run(verb, call) };
}

type MetricCall<Options> = Call<MetricFlags & Options>;

async function run<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  call: MetricCall<Options>,
): Promise<void> {
  const { flags, io } = call;
  checkTogether(flags);
  const metric = verb.metric(flags);
  const segments = await readSegments(
    flags,
    io.stdin,
    (line) => verb.prepare?.(line, flags) ?? line,
  );
  if (flags.pairedBs) await compare(verb, metric, segments, call);
  else if (flags.sentenceLevel) await scoreSegments(verb, metric, segments, call);
  else await scoreCorpus(verb, metric, segments, call);
}

/** @throws UsageError for flags that do not go together. */
function checkTogether({ hypothesis, sentenceLevel, confidence, pairedBs }: MetricFlags): void {
  if (pairedBs && hypothesis.length < 2) {
    throw new UsageError('--paired-bs: expected two files or more of --hypothesis, got one');
  }
  if (!pairedBs && hypothesis.length > 1) {
    throw new UsageError(
      `--hypothesis: expected one file, or --paired-bs, got ${hypothesis.length}`,
    );
  }
  if (sentenceLevel && (confidence || pairedBs)) {
    const other = confidence ? '--confidence' : '--paired-bs';
    throw new UsageError(`--sentence-level: expected no ${other} beside it, got both`);
  }
  if (confidence && pairedBs) {
    throw new UsageError(
      '--confidence: expected no --paired-bs beside it, which tells it, got both',
    );
  }
}

async function scoreCorpus<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  metric: Metric<S>,
  { hypotheses: [hypotheses], references }: Segments,
  call: MetricCall<Options>,
): Promise<void> {
  const { flags, output } = call;
  const score = corpusScore(metric, hypotheses, references);
  const confidence = flags.confidence
    ? bootstrapConfidence(metric, hypotheses, references, bootstrapOptions(verb, flags))
    : undefined;
  if (output.isJson) {
    await output.printJson({ ...score, confidence });
    return;
  }
  for (const line of show(verb, score, flags)) await output.print(line);
  if (confidence) await output.print(showConfidence(confidence, flags));
}

async function scoreSegments<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  metric: Metric<S>,
  { hypotheses: [hypotheses], references }: Segments,
  { flags, output }: MetricCall<Options>,
): Promise<void> {
  for (const [i, hypothesis] of hypotheses.entries()) {
    const score = corpusScore(
      metric,
      [hypothesis],
      references.map((list) => [list[i]]),
    );
    if (output.isJson) await output.printJson(score);
    else for (const line of show(verb, score, flags)) await output.print(line);
  }
}

/** Holds each file against the first one. */
async function compare<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  metric: Metric<S>,
  { hypotheses: [baseline, ...systems], references }: Segments,
  { flags, output }: MetricCall<Options>,
): Promise<void> {
  const [baselineFile, ...systemFiles] = flags.hypothesis;
  const tell = async (
    file: string,
    hypotheses: readonly string[],
    confidence: Confidence,
    pValue?: number,
  ): Promise<void> => {
    const score = corpusScore(metric, hypotheses, references);
    if (output.isJson) return output.printJson({ hypothesis: file, ...score, confidence, pValue });
    await output.print(pValue === undefined ? `${file} (baseline)` : file);
    for (const line of show(verb, score, flags)) await output.print(line);
    const chance = pValue === undefined ? '' : `, p = ${pValue.toFixed(4)}`;
    await output.print(showConfidence(confidence, flags) + chance);
  };
  for (const [i, system] of systems.entries()) {
    const pair = { baseline, system, references };
    const found = pairedBootstrap(metric, pair, bootstrapOptions(verb, flags));
    if (i === 0) await tell(baselineFile, baseline, found.baseline);
    await tell(systemFiles[i], system, found.system, found.pValue);
  }
}

function bootstrapOptions<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  flags: MetricFlags & Options,
): BootstrapOptions<S> {
  return {
    random: randomAt({ seed: flags.seed, purpose: 'resample', step: 0 }),
    samples: flags.pairedBs ? flags.pairedBsN : flags.confidenceN,
    numberOf: (score) => verb.numberOf?.(score, flags) ?? score.score,
  };
}

function show<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  score: S,
  flags: MetricFlags,
): readonly string[] {
  return verb.show?.(score, flags) ?? [formatScore(score, { decimals: flags.width })];
}

function showConfidence({ mean, low, high }: Confidence, { width }: MetricFlags): string {
  const [mu, from, to] = [mean, low, high].map((value) => value.toFixed(width));
  return `mean ${mu}, 95 % from ${from} to ${to}`;
}
