import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';

import { type Watch, watchModel } from './watch-model.js';

/** A recorder of the steps of one forward pass. */
export interface Recorder<T> {
  readonly watch: Watch;
  readonly result: () => T;
}

/** Runs a prompt and returns a recorder's result. */
export function record<T>(model: Model, prompt: TokenPrompt, { watch, result }: Recorder<T>): T {
  watchModel(model, prompt, watch);
  return result();
}
