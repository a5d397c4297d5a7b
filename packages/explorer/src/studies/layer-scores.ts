import type { Model, TokenPrompt } from '@ramble/core';
import { type ScoreTable, scoreTables } from '@ramble/study';

import { type Recent, recentValues } from './recent.js';

/** Numbers that are kept for the layers of a model that somebody looks at: 128 MB. */
const ROOM = 2 ** 25;

const kept = new WeakMap<Model, Recent<readonly ScoreTable[]>>();

/**
 * The scores of all heads of a layer, `tables[head]`. Those that were asked for lately are kept, so that to go
 * from head to head costs nothing.
 *
 * @throws RangeError for a layer that is not there, and a prompt longer than the context.
 */
export function layerScores(
  model: Model,
  prompt: TokenPrompt,
  layer: number,
): readonly ScoreTable[] {
  const recent = kept.get(model) ?? recentValues(ROOM, numbersIn);
  kept.set(model, recent);
  const { tokens, prefixLength = 0 } = prompt;
  const key = `${layer} ${prefixLength} ${Array.from(tokens).join()}`;
  return recent.of(key, () => scoreTables(model, prompt, layer));
}

function numbersIn(tables: readonly ScoreTable[]): number {
  return 3 * tables.length * tables[0].scores.length ** 2;
}
