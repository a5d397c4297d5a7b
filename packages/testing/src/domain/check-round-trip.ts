import { type Domain, randomAt } from '@ramble/core';

import { assertEqual } from '../assert-equal.js';
import type { ValidExample } from './domain-contract.js';
import { mutateTokens, MUTATIONS } from './mutate-tokens.js';

type Valid<Example, Prompt, Output> = readonly ValidExample<Example, Prompt, Output>[];

/** The tokens after the prompt decode to the output, as far as JSON can tell. */
export function checkRoundTrip<E, P, O>(domain: Domain<E, P, O>, valid: Valid<E, P, O>): void {
  valid.forEach((given, i) => {
    const tokens = outputTokens(domain, given);
    const last = tokens.at(-1);
    const ends = last !== undefined && domain.stopTokens.includes(last);
    const output = domain.decodeOutput(ends ? tokens.slice(0, -1) : tokens);
    assertEqual(`output of valid[${i}]`, output, given.output);
  });
}

/** Any ids decode: none, random ones, and valid outputs with a slip. */
export function checkDecodingSurvives<E, P, O>(
  domain: Domain<E, P, O>,
  valid: Valid<E, P, O>,
): void {
  const { size } = domain.vocabulary;
  decode(domain, []);
  for (let n = 0; n < 200; n++) {
    const random = randomAt({ seed: 2, purpose: 'sample', step: n });
    decode(
      domain,
      Array.from({ length: 1 + (n % 40) }, (_, i) => random.integer(i, size)),
    );
  }
  valid.forEach((given, i) => {
    for (let kind = 0; kind < MUTATIONS; kind++) {
      const random = randomAt({ seed: 3, purpose: 'sample', step: i, stream: kind });
      decode(domain, mutateTokens(outputTokens(domain, given), kind, size, random));
    }
  });
}

/** The example's tokens after the prompt. */
export function outputTokens<E, P, O>(
  domain: Domain<E, P, O>,
  { example, prompt }: ValidExample<E, P, O>,
): number[] {
  const begin = domain.encodePrompt(prompt).tokens.length;
  return Array.from(domain.encodeExample(example).tokens).slice(begin);
}

function decode<E, P, O>(domain: Domain<E, P, O>, tokens: readonly number[]): void {
  try {
    domain.decodeOutput(tokens);
  } catch (cause) {
    throw new Error(
      `decodeOutput: expected an output for [${tokens.join()}], got ${String(cause)}`,
      {
        cause,
      },
    );
  }
}
