import type { ModelConfig } from '@ramble/core';

/** Kinds of attention that know how far away a key is. */
const KNOWS_DISTANCE = /relative|transformer-xl/;

/** What a score is before it is divided by the root of the head size. */
export function scoreFormula({ attention }: Pick<ModelConfig, 'attention'>): string {
  return KNOWS_DISTANCE.test(attention) ? '(query · key + distance)' : 'query · key';
}
