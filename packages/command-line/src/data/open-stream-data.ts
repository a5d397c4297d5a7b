import { cropBatches, streamBatches, streamWindows, windowBatches } from '@ramble/core';
import { sliceTokens, splitTokens } from '@ramble/datasets';

import { formatCount } from '../format/format-count.js';
import { emptyPrompts } from './empty-prompts.js';
import { openTokens } from './open-tokens.js';
import type { TrainingData, TrainingDataOptions } from './training-data.js';

/** Data as one long run of tokens in a file of the cache, at constant memory whatever its size. */
export async function openStreamData(options: TrainingDataOptions): Promise<TrainingData> {
  const { data, valid, training } = options;
  const { contextLength, memory = 0 } = options.config;
  const { batchSize, seed, dataShare } = training;
  const file = await openTokens(data, options);
  const validFile = valid && (await openTokens(valid, options));
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
