import type { HeadWeights } from './prompt-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';

import { record, type Recorder } from './record.js';
import { tokenRows } from './token-rows.js';

/**
 * The attention weights of every token of a prompt.
 *
 * @returns `weights[layer][head][position][seen]`.
 */
export function attentionWeights(model: Model, prompt: TokenPrompt): HeadWeights[][] {
  return record(model, prompt, attentionRecorder(model.config));
}

/** Records the weights of every head, the first layer first. */
export function attentionRecorder(config: ModelConfig): Recorder<HeadWeights[][]> {
  const layers: HeadWeights[][] = [];
  return {
    watch: ({ step, value }) => {
      if (step !== 'attention.weights') return;
      layers.push(tokenRows(value, 'weights', config, layers.length));
    },
    result: () => layers,
  };
}
