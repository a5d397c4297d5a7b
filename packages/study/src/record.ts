import type { Model, TokenPrompt } from '@ramble/core';

import { type Watch, watchModel } from './watch-model.js';

/** Something made of the steps of one pass. */
export interface Recorder<T> {
  readonly watch: Watch;
  readonly result: () => T;
}

/** What a recorder makes of a prompt. */
export function record<T>(model: Model, prompt: TokenPrompt, { watch, result }: Recorder<T>): T {
  watchModel(model, prompt, watch);
  return result();
}
