import type { ModelConfig } from '../config/model-config.js';
import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { record, type Recorder } from './record.js';
import { tokenRows } from './token-rows.js';
import type { Watch } from './watch-model.js';

/** How much each position looks at each: `weights[position][seen]`; a row sums to 1. */
export type HeadWeights = readonly Float32Array[];

/**
 * Which tokens every token of a prompt attends to.
 *
 * @returns `weights[layer][head][position][seen]`.
 */
export function attentionWeights(model: Model, prompt: TokenPrompt): HeadWeights[][] {
  return record(model, prompt, attentionRecorder(model.config));
}

/** Records the weights of every head. */
export function attentionRecorder(config: ModelConfig): Recorder<HeadWeights[][]> {
  const layers: HeadWeights[][] = [];
  return { watch: watchWeights(config, (heads) => layers.push(heads)), result: () => layers };
}

/** Hands on the weights of each layer's heads, the first layer first. */
export function watchWeights(config: ModelConfig, use: (heads: HeadWeights[]) => void): Watch {
  let layer = 0;
  return ({ name, value }) => {
    if (!/^blocks\.\d+\.attention\.weights$/.test(name)) return;
    use(tokenRows(value, 'weights', config, layer++));
  };
}
