import { pieceBatches } from '@ramble/core';
import { cropOf } from '@ramble/core/domain';
import { pieceWindows } from '@ramble/core/training';
import { counted } from '@ramble/core/files';

import { formatCount } from '../format/format-number.js';
import { UsageError } from '../verb/exit-errors.js';
import { encoderOf } from './conversations.js';
import { emptyPrompts, type EncodedExamples, encodedExamples } from './encoded-examples.js';
import type { FoundData } from './find-data.js';
import { type Batches, batchesOf, openExampleData, openStreamData } from './open-example-data.js';
import { type Piece, pieceSource, readPieces, shareOf } from './read-data.js';
import type { TrainingData, TrainingDataOptions } from './training-data.js';

/**
 * Encodes data and divides it into batches by the app's packing.
 *
 * @throws UsageError for `--memory` with data that is no stream.
 */
export async function openTrainingData(given: TrainingDataOptions): Promise<TrainingData> {
  const options = encoderOf(given, given.data);
  const { app, config } = options;
  const { memory = 0 } = config;
  if (memory > 0 && app.packing !== 'stream') {
    throw new UsageError(
      `--memory: expected 0 for ${app.name}, whose examples are not parts of one stream, got ${memory}`,
    );
  }
  switch (app.packing) {
    case 'stream':
      return openStreamData(options);
    case 'examples':
      return openExampleData(options);
    case 'pieces':
      return openPieceData(options);
  }
}

/** Number of training pieces for each validation piece. */
const LEARNED_FOR_ONE = 9;

/**
 * Opens data as pieces: training uses crops, validation whole pieces; with a domain that makes segments, both use
 * segments. No piece is in both sets.
 */
export async function openPieceData(options: TrainingDataOptions): Promise<TrainingData> {
  const { data, valid } = options;
  const { pieces: all, leftOut } = await readPieces(data, options);
  const whole = valid
    ? { learned: all, validating: (await readPieces(valid, options)).pieces }
    : splitPieces(all);
  checkApart(whole);
  const split = { ...whole, learned: shareOf(whole.learned, options.training) };
  return {
    ...(await (options.domain.segments ? segmentBatches : cropBatches)(split, options)),
    summary:
      `${describe(split.learned)} to train on, ${describe(split.validating)} to validate on` +
      (leftOut > 0 ? `, ${formatCount(leftOut)} left out` : ''),
    close: () => Promise.resolve(),
  };
}

function cropBatches(split: Split, options: TrainingDataOptions): Batches {
  const { domain, training } = options;
  const { contextLength } = options.config;
  const { batchSize, seed } = training;
  const [learned, validating] = [split.learned, split.validating].map((pieces) =>
    pieceSource(pieces, domain),
  );
  const windows = split.validating.reduce(
    (sum, { tokens: { tokens } }) => sum + Math.ceil((tokens.length - 1) / contextLength),
    0,
  );
  return {
    batches: pieceBatches(learned, { contextLength, batchSize, seed, crop: cropOf(domain) }),
    validation: () => pieceWindows(validating, { contextLength, batchSize }),
    validationBatches: Math.ceil(windows / batchSize),
    learned: () => pieceWindows(learned, { contextLength, batchSize }),
    prompts: emptyPrompts(options, 3),
  };
}

function segmentBatches(split: Split, options: TrainingDataOptions): Promise<Batches> {
  const { domain, data, valid = data, config } = options;
  const { contextLength } = config;
  const encode = (pieces: readonly Piece[], { flag }: FoundData): EncodedExamples => {
    const examples = pieces.map(({ example }) => example);
    return encodedExamples(domain, examples, { contextLength, flag });
  };
  const learned = encode(split.learned, data);
  return batchesOf(learned, encode(split.validating, valid), () => learned, options);
}

interface Split {
  readonly learned: readonly Piece[];
  readonly validating: readonly Piece[];
}

/** Holds out a tenth of the pieces by their hashes, so their order in the data has no effect. */
function splitPieces(pieces: readonly Piece[]): Split {
  if (pieces.length < 2) {
    throw new RangeError('data: expected at least 2 pieces, one of them for validation, got 1');
  }
  const count = Math.ceil(pieces.length / (LEARNED_FOR_ONE + 1));
  const lowest = pieces.map(({ sha256 }) => sha256).sort()[count - 1];
  return {
    learned: pieces.filter(({ sha256 }) => sha256 > lowest),
    validating: pieces.filter(({ sha256 }) => sha256 <= lowest),
  };
}

/** @throws RangeError if a validation piece is also in the training data. */
function checkApart({ learned, validating }: Split): void {
  const known = new Set(learned.map(({ sha256 }) => sha256));
  const twice = validating.filter(({ sha256 }) => known.has(sha256)).length;
  if (twice === 0) return;
  throw new RangeError(
    `valid: expected pieces that are not among the training data, got ${twice} of ${validating.length} that are`,
  );
}

function describe(pieces: readonly Piece[]): string {
  const tokens = pieces.reduce((sum, piece) => sum + piece.tokens.tokens.length, 0);
  const count = counted(pieces.length, 'piece');
  return `${count} of ${formatCount(tokens)} tokens`;
}
