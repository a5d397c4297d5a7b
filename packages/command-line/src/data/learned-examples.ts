import type { AnyApp } from '@ramble/core';
import type { RunDescription } from '@ramble/runs';

import type { FoundData } from './find-data.js';
import { readData } from './read-data.js';
import { setApart } from './set-apart.js';
import { shareOf } from './share-of.js';

/**
 * The examples that a run learned from: neither those of its data that validated, nor those beyond its
 * share.
 *
 * @param data - What the run was made with.
 * @throws Error that names what cannot be read; RangeError as `setApart` and `shareOf`.
 */
export async function learnedExamples(
  app: AnyApp,
  data: FoundData,
  description: Pick<RunDescription, 'data' | 'split' | 'training'>,
): Promise<readonly unknown[]> {
  const examples: unknown[] = [];
  for await (const example of readData(app, data)) examples.push(example);
  const split = description.split === undefined ? 'tail' : undefined;
  const validatesOnOthers = 'valid' in description.data || 'valid-source' in description.data;
  const learned = validatesOnOthers ? examples : setApart(examples, { app, data, split }).learned;
  return shareOf(learned, description.training);
}
