import { counted } from '@ramble/core/files';
import {
  bootstrapConfidence,
  type Confidence,
  corpusScore,
  formatScore,
  type Metric,
  pairedBootstrap,
  pairedRandomization,
  type Resampled,
  resampledSignature,
  type Score,
} from '@ramble/metrics';

import { readLines } from '../../content/read-content.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { FlagTable } from '../../verb/flag.js';
import type { Call, PlainProgram } from '../../verb/verb.js';
import { METRIC_FLAGS, type MetricFlags } from './metric-flags.js';

/** A metric as a verb: its flags, how they make the metric, and how its score is shown. */
export interface MetricVerb<Options, S extends Score> {
  readonly flags: FlagTable<Options>;
  metric(flags: MetricFlags & Options): Metric<S>;
  /** Converts a line of a file to the text that the metric scores. */
  prepare?(line: string, flags: Options): string;
  /** Returns the number of a score for which bootstrap resampling gives a confidence interval. */
  numberOf?(score: S, flags: Options): number;
  /** Formats a score as lines of text; unless given, the line of sacreBLEU. */
  show?(score: S, flags: MetricFlags): readonly string[];
}

/** `metrics NAME`: scores files with one segment per line. */
export function metricProgram<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
): PlainProgram<MetricFlags & Options> {
  // TypeScript does not infer that a table of two records is both tables together.
  const flags = { ...METRIC_FLAGS, ...verb.flags } as FlagTable<MetricFlags & Options>;
  return { flags, waitsFor: 'lines', run: (call) => run(verb, call) };
}

/** A metric with the texts to score and a function that prints scores. */
interface Scoring<S extends Score> extends Segments, Pick<Call<MetricFlags>, 'flags' | 'output'> {
  readonly metric: Metric<S>;
  readonly numberOf: (score: S) => number;
  readonly print: (score: S) => Promise<void>;
}

async function run<Options, S extends Score>(
  verb: MetricVerb<Options, S>,
  { flags, io, output }: Call<MetricFlags & Options>,
): Promise<void> {
  checkResampling(flags);
  const metric = verb.metric(flags);
  const prepare = (line: string): string => verb.prepare?.(line, flags) ?? line;
  const scoring: Scoring<S> = {
    ...{ metric, flags, output, ...(await readSegments(flags, io.stdin, prepare)) },
    numberOf: (score) => verb.numberOf?.(score, flags) ?? score.score,
    print: async (score) => {
      const line = formatScore(score, { decimals: flags.width });
      for (const each of verb.show?.(score, flags) ?? [line]) await output.print(each);
    },
  };
  if (flags.pairedBs || flags.pairedAr) await compare(scoring);
  else if (flags.sentenceLevel) await scoreSegments(scoring);
  else await scoreCorpus(scoring);
}

async function scoreCorpus<S extends Score>(scoring: Scoring<S>): Promise<void> {
  const { metric, flags, output, references, numberOf, print } = scoring;
  const [hypotheses] = scoring.hypotheses;
  const plain = corpusScore(metric, hypotheses, references);
  const resampled = resampledBy(flags);
  const score = resampled ? sign(plain, resampled) : plain;
  const confidence =
    resampled && bootstrapConfidence(metric, hypotheses, references, { ...resampled, numberOf });
  if (output.isJson) {
    await output.printJson({ ...score, confidence });
    return;
  }
  await print(score);
  if (confidence) await output.print(showConfidence(confidence, flags));
}

async function scoreSegments<S extends Score>({
  hypotheses: [hypotheses],
  references,
  metric,
  output,
  print,
}: Scoring<S>): Promise<void> {
  for (const [i, hypothesis] of hypotheses.entries()) {
    const own = references.map((list) => [list[i]]);
    const score = corpusScore(metric, [hypothesis], own);
    await (output.isJson ? output.printJson(score) : print(score));
  }
}

/** Tests whether the score of each further file of hypotheses differs significantly from the first one's. */
async function compare<S extends Score>(scoring: Scoring<S>): Promise<void> {
  const { metric, flags, output, references, numberOf } = scoring;
  const [baseline, ...systems] = scoring.hypotheses;
  const resampled = resampledBy(flags);
  if (!resampled) return;
  const [baselineFile, ...systemFiles] = flags.hypothesis;
  const print = async (
    file: string,
    hypotheses: readonly string[],
    side: Confidence | { readonly value: number },
    pValue?: number,
  ): Promise<void> => {
    const score = sign(corpusScore(metric, hypotheses, references), resampled);
    const confidence = 'mean' in side ? side : undefined;
    if (output.isJson) return output.printJson({ hypothesis: file, ...score, confidence, pValue });
    await output.print(pValue === undefined ? `${file} (baseline)` : file);
    await scoring.print(score);
    const found = [
      confidence && showConfidence(confidence, flags),
      pValue !== undefined && `p = ${pValue.toFixed(4)}`,
    ].filter((part) => typeof part === 'string');
    if (found.length > 0) await output.print(found.join(', '));
  };
  const test = flags.pairedAr ? pairedRandomization : pairedBootstrap;
  for (const [i, system] of systems.entries()) {
    const found = test(metric, { baseline, system, references }, { ...resampled, numberOf });
    if (i === 0) await print(baselineFile, baseline, found.baseline);
    await print(systemFiles[i], system, found.system, found.pValue);
  }
}

function sign<S extends Score>(score: S, resampled: Resampled): S {
  return { ...score, signature: resampledSignature(score.signature, resampled) };
}

function showConfidence({ mean, low, high }: Confidence, { width }: MetricFlags): string {
  const [mu, from, to] = [mean, low, high].map((value) => value.toFixed(width));
  return `mean ${mu}, 95 % from ${from} to ${to}`;
}

/** Texts to score and references, a list for each file, all equally long. */
interface Segments {
  readonly hypotheses: readonly (readonly string[])[];
  readonly references: readonly (readonly string[])[];
}

/**
 * Reads files with a segment per line, without white space at the ends of lines.
 *
 * @throws Error that names a file that is unreadable or differs from the first in its number of lines.
 */
async function readSegments(
  files: { readonly hypothesis: readonly string[]; readonly reference: readonly string[] },
  stdin: AsyncIterable<Uint8Array>,
  prepare: (line: string) => string,
): Promise<Segments> {
  const read = async (path: string): Promise<string[]> =>
    (await readLines(path, stdin)).map((line) => prepare(line.trimEnd()));
  const [first, ...others] = [...files.hypothesis, ...files.reference];
  const lists = [await read(first)];
  const { length } = lists[0];
  if (length === 0) throw new Error(`${first}: expected at least one line, got none`);
  for (const path of others) {
    const lines = await read(path);
    if (lines.length !== length) {
      throw new Error(
        `${path}: expected ${counted(length, 'line')}, as ${first} has, got ${lines.length}`,
      );
    }
    lists.push(lines);
  }
  return {
    hypotheses: lists.slice(0, files.hypothesis.length),
    references: lists.slice(files.hypothesis.length),
  };
}

/**
 * Returns the test that the flags request: approximate randomization (`ar`) or bootstrap (`bs`); `undefined` if none.
 */
function resampledBy(flags: MetricFlags): Resampled | undefined {
  const { seed } = flags;
  if (flags.pairedAr) return { test: 'ar', samples: flags.pairedArN, seed };
  if (flags.pairedBs) return { test: 'bs', samples: flags.pairedBsN, seed };
  return flags.confidence ? { test: 'bs', samples: flags.confidenceN, seed } : undefined;
}

/**
 * Checks that the flags for confidence intervals and significance tests fit together.
 *
 * @throws UsageError for flags that exclude each other.
 */
function checkResampling({
  hypothesis,
  sentenceLevel,
  confidence,
  pairedBs,
  pairedAr,
}: MetricFlags): void {
  if (pairedBs && pairedAr) {
    throw new UsageError('--paired-ar: expected no --paired-bs with it, got both');
  }
  const randomization = pairedAr ? '--paired-ar' : undefined;
  const test = pairedBs ? '--paired-bs' : randomization;
  if (test !== undefined && hypothesis.length < 2) {
    throw new UsageError(`${test}: expected two or more files for --hypothesis, got one`);
  }
  if (test === undefined && hypothesis.length > 1) {
    throw new UsageError(
      `--hypothesis: expected one file unless --paired-bs or --paired-ar is given, got ${hypothesis.length}`,
    );
  }
  const resampling = confidence ? '--confidence' : test;
  if (sentenceLevel && resampling !== undefined) {
    throw new UsageError(`--sentence-level: expected no ${resampling} with it, got both`);
  }
  if (confidence && test !== undefined) {
    throw new UsageError(`--confidence: expected no ${test} with it, got both`);
  }
}
