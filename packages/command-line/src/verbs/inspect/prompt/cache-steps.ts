import type { CacheStep, PromptStudy } from '@ramble/core/study';

/** The steps of the cache, each with the words that it read. */
export function namedSteps({ cache, tokens }: PromptStudy): (CacheStep & { name: string })[] {
  return cache.map((step) => {
    const words = tokens.slice(step.held - step.read, step.held).map(({ word }) => word);
    return { ...step, name: words.join(' ') };
  });
}

/** How often a token is read to feed the prompt one by one, with the cache and without. */
export function tokensRead({ cache }: PromptStudy): { withCache: number; without: number } {
  return {
    withCache: cache.reduce((sum, { read }) => sum + read, 0),
    without: cache.reduce((sum, { held }) => sum + held, 0),
  };
}
