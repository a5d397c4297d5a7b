import type { TokenPrompt, TrainingBatch } from '@ramble/core';
import { counted } from '@ramble/core/files';
import { pieceWindows, sortedBatches, streamWindows, windowBatches } from '@ramble/core/training';

import {
  emptyPrompts,
  encodedExamples,
  examplePrompts,
  forEvaluation,
} from '../../data/encoded-examples.js';
import { encoderOf } from '../../data/conversations.js';
import type { FoundData } from '../../data/find-data.js';
import {
  type EncodedReading,
  pieceSource,
  readData,
  readPieces,
  readWhole,
} from '../../data/read-data.js';
import { openTokens } from '../../data/training-data.js';
import { formatDuration } from '../../format/format-number.js';
import type { OpenModel } from '../../model/open-model.js';
import { cutExamplesWarning } from '../../outputs/write-outputs.js';
import { UsageError } from '../../verb/exit-errors.js';
import { tellRepairs } from '../../verb/output.js';
import type { DomainCall } from '../../verb/verb.js';

export interface EvaluationData {
  readonly batches: AsyncIterable<TrainingBatch>;
  /** Number of sequences in all batches. */
  readonly sequences: number;
  /** Fraction of the tokens that the model predicts, 0 to 1: the first token of a stream is not predicted. */
  readonly predictedShare: number;
  /** Number of tokens from one window to the next; absent for examples, which are not divided into windows. */
  readonly stride?: number;
  /** Yields the data as examples for the model to answer. */
  examples(): AsyncIterable<unknown> | Iterable<unknown>;
  /** Present if the batches leave out examples that are longer than the context. */
  readonly shortened?: {
    /** The examples that are in the batches. */
    readonly examples: readonly unknown[];
    readonly leftOut: number;
  };
  /** Makes up to `count` prompts for samples; a single empty one if outputs need no prompt. */
  prompts(count: number): Promise<readonly TokenPrompt[]>;
  close(): Promise<void>;
}

interface EvaluationOptions extends EncodedReading {
  readonly contextLength: number;
  /** Positions of earlier segments that the model remembers; 0 unless given. */
  readonly memory?: number;
  readonly batchSize: number;
  /** Number of tokens from one window to the next; absent for whole examples. */
  readonly stride?: number;
  /** Called with a warning about examples that were cut. */
  readonly onCut?: (warning: string) => void;
}

/** Maximum number of logits in memory, 512 MiB, which limits the batch size of large vocabularies and contexts. */
const MAX_LOGITS = 2 ** 27;

/** Opens data to measure a model on: windows of a stream of tokens or of pieces, or separate examples. */
export async function openEvaluationData(
  data: FoundData,
  given: EvaluationOptions,
): Promise<EvaluationData> {
  const options = encoderOf(given, data);
  const { app, domain, contextLength, stride = contextLength } = options;
  if (options.memory || app.packing === 'stream') return streamData(data, options);
  if (app.packing === 'pieces') {
    const { pieces } = await readPieces(data, options);
    if (domain.segments) {
      const examples = pieces.map(({ example }) => example);
      return exampleData(examples, data.flag, options);
    }
    const source = pieceSource(pieces, domain);
    return {
      batches: pieceWindows(source, boundedBatch(options, contextLength)),
      sequences: pieces.reduce(
        (sum, { tokens: { tokens } }) => sum + windowCount(tokens.length, contextLength, stride),
        0,
      ),
      predictedShare: 1,
      stride,
      examples: () => pieces.map(({ example }) => example),
      prompts: () => Promise.resolve(emptyPrompts(options, 1)),
      close: () => Promise.resolve(),
    };
  }
  return exampleData(await readWhole(app, data, options), data.flag, options);
}

/**
 * Returns options with a batch size whose logits fit into memory.
 *
 * @param length - Tokens of the longest sequence.
 */
export function boundedBatch(options: EvaluationOptions, length: number): EvaluationOptions {
  const { batchSize, domain } = options;
  const max = Math.floor(MAX_LOGITS / (length * domain.vocabulary.size));
  return { ...options, batchSize: Math.min(batchSize, Math.max(1, max)) };
}

/** Returns the number of windows, `stride` tokens apart, that cover a stream or a piece of `tokens` tokens. */
function windowCount(tokens: number, contextLength: number, stride: number): number {
  return 1 + Math.ceil(Math.max(0, tokens - contextLength - 1) / stride);
}

/**
 * Opens a stream of tokens as windows, or as parallel streams for a model with segment memory.
 *
 * @throws UsageError for a stride if the model has segment memory, with which it already sees the text before a
 *   window.
 */
async function streamData(data: FoundData, options: EvaluationOptions): Promise<EvaluationData> {
  const { app, contextLength, batchSize, memory, stride = contextLength } = options;
  if (memory && options.stride !== undefined) {
    throw new UsageError(
      `--stride: expected no value for a model with memory, which already sees the text before a window, got ${stride}`,
    );
  }
  const file = await openTokens(data, options);
  const predicted = file.length - 1;
  const windows = memory
    ? {
        batches: streamWindows(file, options),
        sequences: batchSize * Math.ceil(Math.ceil(predicted / batchSize) / contextLength),
      }
    : {
        batches: windowBatches(file, boundedBatch(options, contextLength)),
        sequences: windowCount(file.length, contextLength, stride),
        stride,
      };
  return {
    ...windows,
    predictedShare: predicted / file.length,
    examples: () => readData(app, data),
    prompts: () => Promise.resolve(emptyPrompts(options, 1)),
    close: () => file.close(),
  };
}

/**
 * Opens each example as a sequence, or the segments of long ones.
 *
 * @param flag - Setting that names the data, for errors.
 * @throws UsageError for a stride, because examples have no windows; RangeError if all are too long.
 */
function exampleData(
  examples: readonly unknown[],
  flag: string,
  options: EvaluationOptions,
): EvaluationData {
  const { app, domain, contextLength, stride } = options;
  if (stride !== undefined) {
    throw new UsageError(
      `--stride: expected no value for separate examples, which have no windows, got ${stride}`,
    );
  }
  const source = encodedExamples(forEvaluation(domain), examples, { contextLength, flag });
  const lengths = Array.from({ length: source.length }, (_, i) => source.lengthOf(i));
  const longest = lengths.reduce((max, length) => Math.max(max, length), 1);
  const leftOut = examples.length - source.examples;
  if (source.examples === 0) {
    throw new RangeError(
      `${flag}: expected an example that fits into the context of ${contextLength}, ` +
        `got none of ${examples.length}`,
    );
  }
  if (leftOut > 0) {
    options.onSkip?.(
      `${leftOut} of ${counted(examples.length, 'example')}, longer than the context`,
    );
  }
  // The segments of a piece cover all of it.
  const counts = { cut: app.packing === 'examples' ? source.cut : 0, examples: examples.length };
  const warning = cutExamplesWarning(counts, domain, options);
  if (warning !== undefined) options.onCut?.(warning);
  return {
    batches: sortedBatches(source, boundedBatch(options, longest)),
    sequences: source.length,
    predictedShare: 1,
    examples: () => examples,
    ...(leftOut > 0 && {
      shortened: { examples: examples.filter((_, i) => source.kept.has(i)), leftOut },
    }),
    prompts: (count) => examplePrompts(source, count),
    close: () => Promise.resolve(),
  };
}

/** Returns a function that shows the completed fraction and the remaining time. */
export function timedProgress(
  { output, io: { clock } }: Pick<DomainCall<object>, 'output' | 'io'>,
  what: string,
): (share: number) => void {
  const startMs = clock.now();
  return (share) => {
    const seconds = (clock.now() - startMs) / 1000;
    const left =
      share > 0 && seconds > 5 ? `, ${formatDuration(seconds / share - seconds)} left` : '';
    output.progress(`${what}: ${Math.round(100 * share)} %${left}`);
  };
}

/** Returns the options for reading data for a model, with a line of progress and warnings. */
export function evaluationOptions(
  { app, output }: Pick<DomainCall<object>, 'app' | 'output'>,
  { domain, model, description }: OpenModel,
): EvaluationOptions {
  return {
    app,
    domain,
    contextLength: model.config.contextLength,
    batchSize: description.training.batchSize,
    onProgress: (share) => output.progress(`reading: ${Math.round(100 * share)} %`),
    onSkip: (reason) => void output.warn(`left out: ${reason}`),
    onCut: (warning) => void output.warn(warning),
    onRepair: tellRepairs(output),
  };
}
