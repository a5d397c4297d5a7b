import type { HeadWeights } from './prompt-attention.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Decoder } from '../model/decoder.js';
import type { Model } from '../model/model.js';

import { record, type Recorder } from './record.js';
import { tokenRows } from './token-rows.js';

/**
 * The attention weights of every token of a prompt.
 *
 * @returns `weights[layer][head][position][seen]`.
 */
export function attentionWeights(model: Model, prompt: TokenPrompt): HeadWeights[][] {
  return record(model, prompt, attentionRecorder(model.decoder));
}

/** Records the weights of every head, the first layer first. */
export function attentionRecorder({ layers }: Decoder): Recorder<HeadWeights[][]> {
  const weights: HeadWeights[][] = [];
  return {
    watch: ({ step, value }) => {
      if (step !== 'attention.weights') return;
      weights.push(tokenRows(value, 'weights', layers[weights.length].attention));
    },
    result: () => weights,
  };
}
