import type { TokenPrompt } from '@ramble/core';

import type { TrainingDataOptions } from './training-data.js';

/** Three times nothing: the model begins by itself. */
export function emptyPrompts({
  app,
  domain,
}: Pick<TrainingDataOptions, 'app' | 'domain'>): TokenPrompt[] {
  const prompt = domain.encodePrompt(app.readPrompt(new Uint8Array()));
  return [prompt, prompt, prompt];
}
