import type { UnitScore } from '@ramble/core/training';

import { formatCount, formatShare } from '../../format/format-number.js';
import { learnedNothing, type OpenModel } from '../../model/open-model.js';
import { formatTable } from '../../format/format-table.js';
import { type Comparison, comparisonLines } from './comparison.js';
import type { ContextReading } from '../../verb/evaluate-features.js';
import type { ScoredOutputs } from './score-outputs.js';

/** Accuracy of a model at the last words of texts. */
interface LastWordScores {
  readonly words: number;
  /** Fraction of the words whose tokens are all the most probable ones. */
  readonly accuracy: number;
  /** Accuracy and perplexity of only the last token of each word. */
  readonly lastToken: { readonly accuracy: number; readonly perplexity: number };
}

/**
 * The data that baselines were counted in: the run's training data, the data that `--train-data`
 * named, or the measured data itself.
 */
export type CountedIn = 'run' | 'trainData' | 'measured';

/** Loss on random parts of the data, read with a certain amount of context before them. */
export interface ReadingLoss extends Pick<ContextReading, 'name' | 'meaning'> {
  /** Mean loss in nats per token. */
  readonly loss: number;
  readonly tokens: number;
}

/** The result of `evaluate`. */
export interface EvaluationReport {
  /** Mean loss in nats per token. */
  readonly loss: number;
  readonly tokens: number;
  readonly scores: readonly UnitScore[];
  /** Results of predicting last words; absent unless only last words were measured. */
  readonly lastWord?: LastWordScores;
  /** Losses of models that only count tokens. A model with a higher loss has learned less than these counts. */
  readonly baselines: {
    /** Loss of a uniform baseline, which gives all tokens the same probability. */
    readonly uniform: number;
    /** Loss of a unigram baseline, which predicts from the frequency of each token. */
    readonly unigram: number;
    /** Loss of a bigram baseline, which predicts from the frequency of each token after the token before it. */
    readonly bigram?: number;
    /** The data that the unigram and bigram baselines were counted in. */
    readonly countedIn: CountedIn;
  };
  /**
   * Losses of the same tokens, each with a different amount of context. Absent if the app lacks the feature `readings`.
   */
  readonly readings?: readonly ReadingLoss[];
  /** Number of examples longer than the context: outputs are sampled for them, but they have no loss; absent if 0. */
  readonly leftOut?: number;
  /** Number of tokens from one window to the next; absent for whole examples. */
  readonly stride?: number;
  /** Number of tokens of earlier segments that a model with memory remembers. */
  readonly memory?: number;
  /** Maximum number of characters measured, from the beginning of the data; absent if all of it was. */
  readonly maxCharacters?: number;
  /** Maximum number of examples measured, from the beginning of the data; absent if all of them were. */
  readonly maxExamples?: number;
  /** Scores of the outputs that were sampled for the prompts of the data; absent if outputs were not scored. */
  readonly outputs?: ScoredOutputs;
  /** Statistics of samples and of the data, if samples were requested. */
  readonly statistics?: Comparison;
  readonly tokensPerSecond: number;
  /** The step of the checkpoint that was measured; absent for weights without a step, such as imported ones. */
  readonly step?: number;
}

/** Turns a report into an object with flat names: `bitsPerCharacter`, `perplexityPerWord`. */
export function reportJson({ scores, lastWord, ...report }: EvaluationReport): object {
  const named = scores.map(({ kind, unit, value }) => {
    return [`${kind}Per${unit[0].toUpperCase()}${unit.slice(1)}`, value] as const;
  });
  const { loss, tokens, ...others } = report;
  return {
    loss,
    tokens,
    perplexity: Math.exp(loss),
    ...Object.fromEntries<number>(named),
    ...lastWord,
    ...others,
  };
}

type Row = readonly [name: string, value: string, meaning: string];

/** Formats a report as lines of text. */
export function reportLines(report: EvaluationReport): string[] {
  const { loss, tokens, scores, lastWord, baselines, stride, tokensPerSecond, step } = report;
  const { statistics, outputs, maxCharacters, maxExamples, memory, leftOut } = report;
  const { readings = [] } = report;
  const rows: Row[] = [
    ...(lastWord ? lastWordRows(lastWord) : []),
    ['loss', loss.toFixed(4), 'nats a token'],
    [
      'uniform',
      baselines.uniform.toFixed(4),
      'baseline that gives all tokens the same probability',
    ],
    ...countedRows(baselines),
    ...readings.map(({ name, loss, meaning }): Row => [name, loss.toFixed(4), meaning]),
    ['perplexity', Math.exp(loss).toFixed(2), 'a token'],
    ...scores.map(
      ({ kind, unit, value }) => [kind, formatScore(kind, value), `a ${unit}`] as const,
    ),
  ];
  const answered = outputs ? '; the scores below count them' : '';
  const counts: readonly [name: string, count: number | undefined, meaning: string][] = [
    ['tokens', tokens, 'counted'],
    ['left out', leftOut, `longer than the context${answered}`],
    ['stride', stride, 'tokens from one window to the next'],
    ['memory', memory, 'tokens remembered before each window'],
    ['characters', maxCharacters, 'measured at most, from the beginning'],
    ['examples', maxExamples, 'measured at most, from the beginning'],
    ['speed', tokensPerSecond, 'tokens a second'],
    ['step', step, 'of the checkpoint'],
  ];
  for (const [name, count, meaning] of counts) {
    if (count !== undefined) rows.push([name, formatCount(count), meaning]);
  }
  return [
    ...formatTable(rows, 'lrl'),
    ...(outputs ? ['', ...outputLines(outputs)] : []),
    ...(statistics ? ['', ...comparisonLines(statistics)] : []),
  ];
}

/**
 * Formats scores as a table with a column for each score, a row for the outputs and a row for each baseline.
 * Signatures of the scores are below it.
 *
 * @param name - Name of the row for `scores`: the model, or the method that wrote the outputs.
 */
export function outputLines({ scores, baselines }: ScoredOutputs, name = 'model'): string[] {
  const rows = [{ name, scores }, ...baselines];
  const table = formatTable(
    [
      ['', ...scores.map(({ name }) => name)],
      ...rows.map((row) => [row.name, ...row.scores.map(({ score }) => score.toFixed(2))]),
    ],
    'lr',
  );
  return [...table, ...scores.map(({ name, signature }) => `${name}|${signature}`)];
}

function countedRows({ unigram, bigram, countedIn }: EvaluationReport['baselines']): Row[] {
  const place = {
    run: "counted in the run's training data",
    trainData: 'counted in --train-data',
    measured: 'counted in the measured data themselves',
  }[countedIn];
  const [ofTokens, ofPairs] =
    countedIn === 'measured'
      ? ['not smoothed', 'the same of pairs']
      : ['add-one smoothing', 'the same of pairs, Witten-Bell smoothing'];
  const rows: Row[] = [['unigram', unigram.toFixed(4), `baseline ${place}, ${ofTokens}`]];
  return bigram === undefined
    ? rows
    : [...rows, ['bigram', bigram.toFixed(4), `baseline ${ofPairs}`]];
}

function lastWordRows({ words, accuracy, lastToken }: LastWordScores): Row[] {
  return [
    ['accuracy', formatShare(accuracy, 2), `of ${formatCount(words)} last words`],
    [
      'accuracy',
      formatShare(lastToken.accuracy, 2),
      "of their last tokens, as GPT-2's paper counts",
    ],
    ['perplexity', lastToken.perplexity.toFixed(2), 'a last token'],
  ];
}

function formatScore(kind: UnitScore['kind'], value: number): string {
  return value.toFixed(kind === 'perplexity' ? 2 : 4);
}

/**
 * Returns the step of a checkpoint; `undefined` if its weights have none, such as imported, averaged or quantized ones.
 */
export async function trainedSteps(open: OpenModel): Promise<number | undefined> {
  return open.step > 0 || (await learnedNothing(open)) ? open.step : undefined;
}
