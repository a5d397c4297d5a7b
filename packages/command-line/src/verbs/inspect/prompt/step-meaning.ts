import type { ModelConfig } from '@ramble/core';

const MEANINGS: Readonly<Record<string, string>> = {
  tokenEmbedding: "a row of the table for each token's id",
  positionEmbedding: 'a row for each place',
  input: 'the sum: what a block reads',
  'attention.qkv': 'query, key and value side by side',
  'attention.qkvNormed': 'queries and keys normalised',
  'attention.qkvTurned': 'queries and keys turned by their positions',
  'attention.query': 'what each token looks for',
  'attention.key': 'what each token is found by',
  'attention.value': 'what each token has to give',
  'attention.inputGroups': 'the tokens of each group side by side',
  'attention.keysGroups': 'the keys of each group side by side',
  'attention.valuesGroups': 'the values of each group side by side',
  'attention.compress': 'each group as one',
  'attention.compressKeys': 'what each group is found by',
  'attention.compressValues': 'what each group has to give',
  'attention.queryHeads': 'query, split into heads',
  'attention.keyHeads': 'key, split into heads',
  'attention.valueHeads': 'value, split into heads',
  'attention.masked': '-inf where none may look',
  'attention.weights': 'softmax: each row sums to 1',
  'attention.mixed': 'values, weighted and summed',
  'attention.merged': 'heads side by side again',
  'attention.proj': 'projected',
  'attention.residual': 'added to the stream',
  'mlp.up': 'the wide layer',
  'mlp.gelu': 'GELU of it',
  'mlp.gated': 'one half let through by the other',
  'mlp.down': 'back to the width of the stream',
  'mlp.residual': 'added to the stream',
  norm1: 'normalised',
  norm1Out: 'normalised',
  norm2: 'normalised',
  norm2Out: 'normalised',
  finalNorm: 'normalised',
  logits: 'a score for every token of the vocabulary',
};

/** A few words that describe a step; empty for an unknown one. */
export function stepMeaning(
  name: string,
  model: Pick<ModelConfig, 'attention' | 'scoreScale' | 'scoreCap'>,
): string {
  if (name === 'attention.scores') {
    const { scoreScale, scoreCap } = model;
    const scaled = scoreScale === undefined ? '/ sqrt(head size)' : `x ${scoreScale}`;
    const capped = scoreCap === undefined ? '' : `, below ${scoreCap}`;
    return `${scoreFormula(model)} ${scaled}${capped}`;
  }
  return MEANINGS[name] ?? '';
}

/** Kinds of attention whose scores depend on the distance of a key. */
const KNOWS_DISTANCE = /relative|transformer-xl/;

/** Formula of a score before the division by the root of the head size. */
export function scoreFormula({ attention }: Pick<ModelConfig, 'attention'>): string {
  return KNOWS_DISTANCE.test(attention) ? '(query · key + distance)' : 'query · key';
}
