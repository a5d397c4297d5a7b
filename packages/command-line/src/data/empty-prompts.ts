import type { TokenPrompt } from '@ramble/core';

import type { TrainingDataOptions } from './training-data.js';

/** A number of empty prompts, with which the model starts by itself. */
export function emptyPrompts(
  { app, domain }: Pick<TrainingDataOptions, 'app' | 'domain'>,
  count: number,
): TokenPrompt[] {
  const prompt = domain.encodePrompt(app.readPrompt(new Uint8Array()));
  return Array.from({ length: count }, () => prompt);
}
