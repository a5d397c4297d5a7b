import type { Model, ModelConfig, TokenPrompt } from '@ramble/core';

import { record, type Recorder } from './record.js';
import { tokenRows } from './token-rows.js';

const STEPS = ['scores', 'masked', 'weights'];

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
export function scoreTable(model: Model, prompt: TokenPrompt, place: HeadPlace): ScoreTable {
  return record(model, prompt, scoreRecorder(model.config, place));
}

/** Records the scores of one head. */
export function scoreRecorder(
  config: ModelConfig,
  { layer, head }: HeadPlace,
): Recorder<ScoreTable> {
  checkIndex('layer', layer, config.nLayer);
  checkIndex('head', head, config.nHead);
  const steps = new Map<string, Float32Array[]>();
  const names = STEPS.map((step) => `blocks.${layer}.attention.${step}`);
  return {
    watch: ({ name, value }) => {
      if (!names.includes(name)) return;
      const of = name.endsWith('weights') ? 'weights' : 'scores';
      steps.set(name, tokenRows(value, of, config, layer)[head]);
    },
    result: () => {
      const [scores, masked, weights] = names.map((name) => steps.get(name) ?? []);
      return { scores, masked, weights };
    },
  };
}

function checkIndex(name: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${name}: expected an integer from 0 to ${count - 1}, got ${index}`);
  }
}
