import type { CacheStep, PromptStudy, StepShape } from '@ramble/core/study';

/** Steps before the blocks, of a range of blocks, or after them. */
export interface StepGroup {
  /** `blocks 0 to 11`; empty outside of blocks. */
  readonly title: string;
  /** Names of the steps; in a block without the prefix `blocks.0.`. */
  readonly steps: readonly StepShape[];
}

interface Part {
  readonly first?: number;
  last?: number;
  readonly steps: StepShape[];
}

/** Groups the steps of a model; neighbouring equal blocks are one group. */
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

/** Returns the steps of the cache, each with the words that it read. */
export function namedSteps({ cache, tokens }: PromptStudy): (CacheStep & { name: string })[] {
  return cache.map((step) => {
    const words = tokens.slice(step.held - step.read, step.held).map(({ word }) => word);
    return { ...step, name: words.join(' ') };
  });
}

/** Number of tokens that the model reads if the prompt is fed one by one, with the cache and without. */
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
