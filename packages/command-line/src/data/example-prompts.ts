import type { ExampleSource, TokenExample, TokenPrompt } from '@ramble/core';

/** The prompts of the first examples: of each what comes before the first token that counts. */
export async function examplePrompts(source: ExampleSource, count: number): Promise<TokenPrompt[]> {
  const firsts = Array.from({ length: Math.min(count, source.length) }, (_, i) => source.read(i));
  return (await Promise.all(firsts)).map(promptOf);
}

/** The prompt of an example: the tokens before the first one that counts. */
export function promptOf({ tokens, lossWeights, prefixLength }: TokenExample): TokenPrompt {
  const ids = Array.from(tokens);
  const firstCounted = ids.findIndex((_, i) => i > 0 && lossWeights[i] > 0);
  return { tokens: ids.slice(0, Math.max(1, firstCounted)), prefixLength };
}
