import { cropBatches, exampleBatches, streamBatches } from '@ramble/core';
import { sortedBatches, streamWindows, windowBatches } from '@ramble/core/training';
import { counted } from '@ramble/core/files';
import { sliceTokens, splitTokens } from '@ramble/datasets';

import { formatCount } from '../format/format-number.js';
import {
  emptyPrompts,
  type EncodedExamples,
  encodedExamples,
  examplePrompts,
  forEvaluation,
} from './encoded-examples.js';
import type { FoundData } from './find-data.js';
import { readWhole, shareOf } from './read-data.js';
import {
  openTokens,
  setApart,
  type TrainingData,
  type TrainingDataOptions,
  validFlags,
} from './training-data.js';

/** Encodes each example as one or more separate sequences, all of them in memory, and divides these into batches. */
export async function openExampleData(options: TrainingDataOptions): Promise<TrainingData> {
  const { app, data, valid, domain, training } = options;
  const { contextLength } = options.config;
  const all = await readWhole(app, data, options);
  const apart = valid
    ? { learned: all, validating: await readWhole(app, valid, options) }
    : setApart(all, options);
  const { validating } = apart;
  const learned = shareOf(apart.learned, training);
  const { flag } = data;
  const validFlag = valid?.flag ?? flag;
  const train = encodedExamples(domain, learned, { contextLength, flag });
  const measured = (examples: readonly unknown[], named: string): EncodedExamples =>
    encodedExamples(forEvaluation(domain), examples, { contextLength, flag: named });
  const validation = measured(validating, validFlag);
  checkFits(train, learned.length, contextLength, `${flag}: expected`);
  checkFits(
    validation,
    validating.length,
    contextLength,
    valid ? `${validFlag}: expected` : `${flag}: expected, in the part that validates,`,
  );
  const leftOut = learned.length + validating.length - train.examples - validation.examples;
  const shortened = train.cut + validation.cut;
  return {
    ...(await batchesOf(train, validation, () => measured(learned, flag), options)),
    examples: train.examples,
    validationExamples: validating,
    summary:
      `${counted(train.examples, 'example')} to train on, ${formatCount(validation.examples)} to validate on` +
      (leftOut > 0 ? `, ${formatCount(leftOut)} longer than the context left out` : '') +
      (shortened > 0 ? `, ${formatCount(shortened)} longer than the context cut` : ''),
    split: apart.split,
    warnings: [...(apart.warnings ?? []), ...sharedPrompts(train, validation, data)],
    close: () => Promise.resolve(),
  };
}

/** The parts of training data that depend on the app's packing (examples, pieces or a stream). */
export type Batches = Pick<
  TrainingData,
  'batches' | 'validation' | 'validationBatches' | 'learned' | 'prompts'
>;

/**
 * Divides encoded examples into batches.
 *
 * @param learned - Encodes the training data without variations.
 */
export async function batchesOf(
  train: EncodedExamples,
  validation: EncodedExamples,
  learned: () => EncodedExamples,
  { config: { contextLength }, training: { batchSize, seed } }: TrainingDataOptions,
): Promise<Batches> {
  const measuring = { contextLength, batchSize };
  return {
    batches: exampleBatches(train, { ...measuring, seed }),
    validation: () => sortedBatches(validation, measuring),
    validationBatches: Math.ceil(validation.length / batchSize),
    learned: () => sortedBatches(learned(), measuring),
    prompts: await examplePrompts(validation, 3),
  };
}

/** @throws RangeError if no example is short enough. */
function checkFits(
  { examples }: EncodedExamples,
  count: number,
  contextLength: number,
  expected: string,
): void {
  if (examples > 0) return;
  throw new RangeError(
    `${expected} an example that fits into the context of ${contextLength}, ` +
      `got none of ${count}; use a longer context`,
  );
}

/** Returns a warning if prompts of validation examples are also in the training data; else an empty list. */
function sharedPrompts(
  train: EncodedExamples,
  validation: EncodedExamples,
  data: FoundData,
): string[] {
  const known = new Set(train.prompts);
  const shared = validation.prompts.filter((prompt) => known.has(prompt)).length;
  if (shared === 0) return [];
  return [
    `${formatCount(shared)} of ${formatCount(validation.prompts.length)} examples to validate on ` +
      `have a prompt of the training data; name others with ${validFlags(data)}`,
  ];
}

/**
 * Opens data as one long token stream in a file of the cache. The use of memory does not depend on the size of the
 * data.
 */
export async function openStreamData(options: TrainingDataOptions): Promise<TrainingData> {
  const { data, valid, training } = options;
  const { contextLength, memory = 0 } = options.config;
  const { batchSize, seed, dataShare } = training;
  const file = await openTokens(data, options);
  const validFile =
    valid &&
    (await openTokens(valid, options).catch(async (error: unknown) => {
      await file.close();
      throw error;
    }));
  const close = async (): Promise<void> => {
    await file.close();
    await validFile?.close();
  };
  try {
    const { train, validation } = validFile
      ? { train: file, validation: validFile }
      : await splitTokens(file, file.documents);
    const learned = sliceTokens(train, 0, Math.ceil(dataShare * train.length));
    const [batchesOf, windowsOf] =
      memory > 0 ? [streamBatches, streamWindows] : [cropBatches, windowBatches];
    const batches = batchesOf(learned, { contextLength, batchSize, seed });
    if (validation.length < 2) {
      const expected = validFile ? 'valid: expected' : 'data: expected, in its last tenth,';
      throw new RangeError(
        `${expected} at least 2 tokens to validate on, got ${validation.length}`,
      );
    }
    const predicted = validation.length - 1;
    return {
      batches,
      validation: () => windowsOf(validation, { contextLength, batchSize }),
      learned: () => windowBatches(learned, { contextLength, batchSize }),
      validationBatches:
        memory > 0
          ? Math.ceil(Math.ceil(predicted / batchSize) / contextLength)
          : Math.ceil(Math.ceil(predicted / contextLength) / batchSize),
      summary: `${formatCount(learned.length)} tokens to train on, ${formatCount(validation.length)} to validate on`,
      prompts: emptyPrompts(options, 3),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
