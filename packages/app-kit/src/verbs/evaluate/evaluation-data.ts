import { orderedBatches, pieceWindows, type TrainingBatch, windowBatches } from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import { encodedExamples } from '../../data/encoded-examples.js';
import type { FoundData } from '../../data/find-data.js';
import { openTokens, type OpenTokensOptions } from '../../data/open-tokens.js';
import { pieceSource, readPieces } from '../../data/read-pieces.js';

export interface EvaluationData {
  readonly batches: AsyncIterable<TrainingBatch>;
  /** Sequences in all batches. */
  readonly sequences: number;
  /** Share of the tokens that is predicted: nothing predicts the first of a long run. */
  readonly predictedShare: number;
  /** The same data, to count it in other units. */
  examples(): AsyncIterable<unknown> | Iterable<unknown>;
  close(): Promise<void>;
}

export interface EvaluationOptions extends OpenTokensOptions {
  readonly contextLength: number;
  readonly batchSize: number;
  /** Tokens from one window to the next; not for examples that fit into the context. */
  readonly stride?: number;
}

/** Data to measure a model on: long runs of tokens in windows, or each example by itself. */
export async function openEvaluationData(
  data: FoundData,
  options: EvaluationOptions,
): Promise<EvaluationData> {
  const { app, domain, contextLength, stride = contextLength } = options;
  if (app.packing === 'stream') {
    const file = await openTokens(data, options);
    const { length } = file;
    return {
      batches: windowBatches(file, options),
      sequences: 1 + Math.ceil(Math.max(0, length - contextLength - 1) / stride),
      predictedShare: (length - 1) / length,
      examples: () => app.readExamples(data.files),
      close: () => file.close(),
    };
  }
  if (app.packing === 'pieces') {
    const { pieces } = await readPieces(data, options);
    const source = pieceSource(pieces, domain);
    return {
      batches: pieceWindows(source, options),
      sequences: pieces.reduce((sum, { tokens: { tokens } }) => {
        return sum + 1 + Math.ceil(Math.max(0, tokens.length - contextLength - 1) / stride);
      }, 0),
      predictedShare: 1,
      examples: () => pieces.map(({ example }) => example),
      close: () => Promise.resolve(),
    };
  }
  if (options.stride !== undefined) {
    throw new UsageError(`--stride: expected none for examples that are whole, got ${stride}`);
  }
  const examples: unknown[] = [];
  for await (const example of app.readExamples(data.files, options)) examples.push(example);
  const source = encodedExamples({ ...domain, augment: undefined }, examples, contextLength);
  return {
    batches: orderedBatches(source, options),
    sequences: source.length,
    predictedShare: 1,
    examples: () => examples,
    close: () => Promise.resolve(),
  };
}
