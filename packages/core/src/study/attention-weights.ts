import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { readRows } from './read-rows.js';
import { watchModel } from './watch-model.js';

/** How much each position looks at each: `weights[position][seen]`; a row sums to 1. */
export type HeadWeights = readonly Float32Array[];

/**
 * Which tokens every token of a prompt attends to.
 *
 * @returns `weights[layer][head][position][seen]`.
 */
export function attentionWeights(model: Model, prompt: TokenPrompt): HeadWeights[][] {
  const layers: HeadWeights[][] = [];
  watchModel(model, prompt, ({ name, value }) => {
    if (!/^blocks\.\d+\.attention\.weights$/.test(name)) return;
    const nHead = value.shape[0];
    layers.push(Array.from({ length: nHead }, (_, head) => readRows(value, head)));
  });
  return layers;
}
