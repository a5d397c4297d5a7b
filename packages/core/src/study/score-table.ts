import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { readRows } from './read-rows.js';
import { watchModel } from './watch-model.js';

/** A head of a model; both count from 0. */
export interface HeadPlace {
  readonly layer: number;
  readonly head: number;
}

/** What one head makes of a prompt: `table[position][seen]`. */
export interface ScoreTable {
  /** `q · k / sqrt(D)`. */
  readonly scores: readonly Float32Array[];
  /** `-Infinity` where a position may not look. */
  readonly masked: readonly Float32Array[];
  /** The softmax of each row. */
  readonly weights: readonly Float32Array[];
}

/**
 * The scores of one head before and after the mask and after the softmax.
 *
 * @throws RangeError when the model has no such head.
 */
export function scoreTable(
  model: Model,
  prompt: TokenPrompt,
  { layer, head }: HeadPlace,
): ScoreTable {
  checkIndex('layer', layer, model.config.nLayer);
  checkIndex('head', head, model.config.nHead);
  const steps = new Map<string, Float32Array[]>();
  const prefix = `blocks.${layer}.attention.`;
  watchModel(model, prompt, ({ name, value }) => {
    const step = name.slice(prefix.length);
    if (!name.startsWith(prefix) || !['scores', 'masked', 'weights'].includes(step)) return;
    steps.set(step, readRows(value, head));
  });
  const table = (step: string): Float32Array[] => steps.get(step) ?? [];
  return { scores: table('scores'), masked: table('masked'), weights: table('weights') };
}

function checkIndex(name: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${name}: expected an integer from 0 to ${count - 1}, got ${index}`);
  }
}
