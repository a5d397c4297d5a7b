import { exampleBatches, orderedBatches } from '@ramble/core';

import { formatCount } from '../format/format-count.js';
import { encodedExamples } from './encoded-examples.js';
import { examplePrompts } from './example-prompts.js';
import type { FoundData } from './find-data.js';
import type { TrainingData, TrainingDataOptions } from './training-data.js';
import { watchFiles } from './watch-files.js';

/** Data as sequences of their own, all of them in memory. */
export async function openExampleData(options: TrainingDataOptions): Promise<TrainingData> {
  const { data, valid, domain, contextLength, training } = options;
  const { batchSize, seed } = training;
  const all = await readAll(data, options);
  const cut = valid ? all.length : Math.floor(all.length * 0.9);
  const validating = valid ? await readAll(valid, options) : all.slice(cut);
  if (cut === 0 || validating.length === 0) {
    throw new RangeError(
      `data: expected at least 2 examples, one of them to validate on, got ${all.length}`,
    );
  }
  const train = encodedExamples(domain, all.slice(0, cut), contextLength);
  const validation = encodedExamples({ ...domain, augment: undefined }, validating, contextLength);
  return {
    batches: exampleBatches(train, { contextLength, batchSize, seed }),
    validation: () => orderedBatches(validation, { contextLength, batchSize }),
    summary: `${formatCount(cut)} examples to learn from, ${formatCount(validating.length)} to validate on`,
    prompts: await examplePrompts(validation, 3),
    close: () => Promise.resolve(),
  };
}

async function readAll(data: FoundData, options: TrainingDataOptions): Promise<unknown[]> {
  const examples: unknown[] = [];
  for await (const example of options.app.readExamples(watchFiles(data.files, options), options)) {
    examples.push(example);
  }
  return examples;
}
