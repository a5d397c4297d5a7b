import { type AnyApp, type AnyDomain, evaluateLoss, randomAt } from '@ramble/core';
import type { CheckedSampling } from '@ramble/core/sampling';
import { sortedBatches, unitScores } from '@ramble/core/training';

import type { FoundData } from '../../data/find-data.js';
import { formatCount } from '../../format/format-number.js';
import type { OpenModel } from '../../model/open-model.js';
import { InterruptedError } from '../../verb/exit-errors.js';
import type { DomainCall } from '../../verb/verb.js';
import { compareSamples } from './comparison.js';
import {
  entropy,
  type LearnedCounts,
  type TargetCounts,
  targetCounts,
  watchBatches,
} from './target-counts.js';
import {
  type ContextReading,
  measureFeature,
  readingsFeature,
} from '../../verb/evaluate-features.js';
import {
  boundedBatch,
  evaluationOptions,
  openEvaluationData,
  timedProgress,
} from './evaluation-data.js';
import { type EvaluationReport, type ReadingLoss, trainedSteps } from './evaluation-report.js';
import { scoreOutputs } from './score-outputs.js';

export interface MeasureOptions {
  /** Number of tokens from one window to the next. */
  readonly stride?: number;
  /** Maximum number of characters of the data, for the report. The data in `found` is already cut to it. */
  readonly maxCharacters?: number;
  /** Number of outputs to sample and compare with the data. */
  readonly samples: number;
  /** Maximum number of tokens of each sample; unless given, as many as fit into the context. */
  readonly sampleTokens?: number;
  /** Sampling of the outputs to score; unless given, no outputs are scored. */
  readonly sampling?: CheckedSampling;
  /** Returns token counts of the training data for the baselines; unless given, the measured data is counted. */
  readonly learned?: () => Promise<LearnedCounts | undefined>;
}

/**
 * Measures the loss over all data, with every token counted once.
 *
 * @throws InterruptedError with the loss of the tokens so far, if Ctrl-C ends it.
 */
export async function measureTokens(
  call: Pick<DomainCall<object>, 'app' | 'output' | 'io'>,
  open: OpenModel,
  found: FoundData,
  { stride, maxCharacters, samples, sampleTokens, sampling, learned: countLearned }: MeasureOptions,
): Promise<EvaluationReport> {
  const { app, io } = call;
  const { domain, model } = open;
  const { memory, vocabSize } = model.config;
  const options = evaluationOptions(call, open);
  const data = await openEvaluationData(found, { ...options, memory, stride });
  const counts = targetCounts(vocabSize);
  const show = timedProgress(call, 'evaluating');
  const batches = watchBatches(data.batches, (batch, sequences) => {
    counts.addBatch(batch);
    show(sequences / data.sequences);
  });
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
    readings: await measureReadings(call, open, data.examples()),
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
    step: await trainedSteps(open),
  };
}

/** Number of random parts of each example that are read with more or less context. */
const PARTS = 8;

/** Measures the loss of the same random parts of examples with more or less context. */
async function measureReadings(
  call: Pick<DomainCall<object>, 'app' | 'output'>,
  open: OpenModel,
  examples: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<readonly ReadingLoss[] | undefined> {
  const readingsOf = readingsFeature.of(call.app);
  if (!readingsOf) return undefined;
  const { domain, model } = open;
  const { contextLength } = model.config;
  const byName = new Map<string, ContextReading[]>();
  let step = 0;
  for await (const example of examples) {
    for (let stream = 0; stream < PARTS; stream++) {
      const random = randomAt({ seed: 0, purpose: 'augment', step, stream });
      for (const reading of readingsOf(example, domain, { max: contextLength + 1, random })) {
        const others = byName.get(reading.name);
        if (others) others.push(reading);
        else byName.set(reading.name, [reading]);
      }
    }
    step++;
  }
  const losses: ReadingLoss[] = [];
  for (const [name, readings] of byName) {
    call.output.progress(`evaluating: ${name}`);
    const source = {
      length: readings.length,
      lengthOf: (i: number) => readings[i].example.tokens.length,
      read: (i: number) => Promise.resolve(readings[i].example),
    };
    const options = boundedBatch(evaluationOptions(call, open), contextLength);
    const measured = await evaluateLoss(model, sortedBatches(source, options));
    losses.push({ name, meaning: readings[0].meaning, ...measured });
  }
  return losses.length > 0 ? losses : undefined;
}

/** Yields items. Calls `isDone` after each, and ends as soon as it returns true. */
async function* until<T>(isDone: () => boolean, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    if (isDone()) return;
  }
}

/** Counts the app's units of measurement in examples: `{ character: 1204997, byte: 1205014, word: 208426 }`. */
async function countUnits(
  app: AnyApp,
  domain: AnyDomain,
  examples: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const measure = measureFeature.of(app);
  if (!measure) return counts;
  for await (const example of examples) {
    for (const [unit, count] of Object.entries(measure(example, domain))) {
      counts[unit] = (counts[unit] ?? 0) + count;
    }
  }
  return counts;
}

type Counts = Pick<TargetCounts, 'tokens' | 'pairs'>;

/** Losses of baselines that predict from counts, in nats per token. */
export interface GuessLosses {
  /** Loss of a unigram baseline, from how often each token occurs. */
  readonly unigram: number;
  /** Loss of a bigram baseline, from how often each token follows the one before. */
  readonly bigram: number;
}

/**
 * Losses of unigram and bigram baselines whose counts come from the measured data itself. No other counts give a lower
 * loss.
 */
export function ownLosses(measured: Counts): GuessLosses {
  const { pairs, tokens } = measured;
  const { counts } = followers(measured);
  return {
    unigram: entropy(tokens),
    bigram: meanLoss(measured, (_, before, pair) => (pairs.get(pair) ?? 0) / counts[before]),
  };
}

/**
 * Losses of baselines that were counted in other data, smoothed for tokens and pairs that it lacks. The unigram
 * baseline counts each token once more: `p(w) = (c(w) + 1) / (N + V)`. The bigram baseline gives `p(w | v) = (c(v,
 * w) + d(v) p(w)) / (c(v) + d(v))`, where `d(v)` different tokens came after `v`, and `p(w)` if none did.
 *
 * @see Witten & Bell 1991, method C, https://doi.org/10.1109/18.87000
 */
export function learnedLosses(measured: Counts, learned: Counts): GuessLosses {
  const total = learned.tokens.reduce((sum, count) => sum + count, 0);
  const alone = learned.tokens.map((count) => (count + 1) / (total + learned.tokens.length)); // [V]
  const { counts, kinds } = followers(learned);
  return {
    unigram: meanLoss(measured, (target) => alone[target]),
    bigram: meanLoss(measured, (target, before, pair) => {
      const [count, kind] = [learned.pairs.get(pair) ?? 0, kinds[before]];
      return kind === 0 ? alone[target] : (count + kind * alone[target]) / (counts[before] + kind);
    }),
  };
}

/**
 * Returns for each token how many tokens followed it (`counts`), and how many different ones (`kinds`), `[V]` each.
 */
function followers({ tokens, pairs }: Counts): { counts: Float64Array; kinds: Float64Array } {
  const V = tokens.length;
  const [counts, kinds] = [new Float64Array(V), new Float64Array(V)];
  for (const [pair, count] of pairs) {
    const before = Math.floor(pair / V);
    counts[before] += count;
    kinds[before]++;
  }
  return { counts, kinds };
}

function meanLoss(
  { tokens, pairs }: Counts,
  probability: (target: number, before: number, pair: number) => number,
): number {
  const V = tokens.length;
  let [nats, total] = [0, 0];
  for (const [pair, count] of pairs) {
    nats -= count * Math.log(probability(pair % V, Math.floor(pair / V), pair));
    total += count;
  }
  return nats / total;
}
