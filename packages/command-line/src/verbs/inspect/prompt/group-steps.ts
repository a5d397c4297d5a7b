import type { ModelConfig } from '@ramble/core';
import type { CacheStep, PromptStudy, StepShape } from '@ramble/core/study';

/** Steps of a model before the blocks, in a range of equal blocks, or after the blocks. */
export interface StepGroup {
  /** Name of the block or blocks: `blocks 0 to 11, each`; empty outside of blocks. */
  readonly title: string;
  /** Names and shapes of the steps. A name in a block lacks its prefix, such as `blocks.0.`. */
  readonly steps: readonly StepShape[];
}

interface Part {
  readonly first?: number;
  last?: number;
  readonly steps: StepShape[];
}

/** Groups the steps of a model; equal neighbouring blocks form one group. */
export function groupSteps(steps: readonly StepShape[]): StepGroup[] {
  const parts: Part[] = [];
  for (const { name, shape } of steps) {
    const inBlock = /^blocks\.(\d+)\.(.*)$/.exec(name);
    const block = inBlock ? Number(inBlock[1]) : undefined;
    let part = parts.at(-1);
    if (part === undefined || part.first !== block) {
      part = { first: block, last: block, steps: [] };
      parts.push(part);
    }
    part.steps.push({ name: inBlock?.[2] ?? name, shape });
  }
  const groups: Part[] = [];
  for (const part of parts) {
    const before = groups.at(-1);
    const isAlike = JSON.stringify(before?.steps) === JSON.stringify(part.steps);
    if (before?.last !== undefined && isAlike) before.last = part.last;
    else groups.push(part);
  }
  return groups.map(({ first, last, steps: some }) => ({
    title: titleOf(first, last),
    steps: some,
  }));
}

function titleOf(first?: number, last?: number): string {
  if (first === undefined) return '';
  return first === last ? `block ${first}` : `blocks ${first} to ${last}, each`;
}

/** Returns the decoding steps with the cache, each with the words that the step read. */
export function namedSteps({ cache, tokens }: PromptStudy): (CacheStep & { name: string })[] {
  return cache.map((step) => {
    const words = tokens.slice(step.held - step.read, step.held).map(({ word }) => word);
    return { ...step, name: words.join(' ') };
  });
}

/** Number of tokens that the model reads if the prompt is fed token by token, with the cache and without it. */
export function tokensRead({ cache }: PromptStudy): { withCache: number; without: number } {
  return {
    withCache: cache.reduce((sum, { read }) => sum + read, 0),
    without: cache.reduce((sum, { held }) => sum + held, 0),
  };
}

/** The title of a row of the logit lens: `embeddings`, `after block 3`. */
export function lensTitle(blocks: number): string {
  return blocks === 0 ? 'embeddings' : `after block ${blocks - 1}`;
}

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

/** Matches the kinds of attention whose scores depend on the distance of a key. */
const KNOWS_DISTANCE = /relative|transformer-xl/;

/** Formula of a score before the division by the root of the head size. */
export function scoreFormula({ attention }: Pick<ModelConfig, 'attention'>): string {
  return KNOWS_DISTANCE.test(attention) ? '(query · key + distance)' : 'query · key';
}
