import type { Domain, TokenExample } from '@ramble/core';

type ExampleDomain = Pick<Domain<unknown, unknown, unknown>, 'encodeExample' | 'segments'>;

/** A domain as evaluation sees it: without variations, and what comes before an output does not count. */
export function forEvaluation({ encodeExample, segments }: ExampleDomain): ExampleDomain {
  return { encodeExample: (example) => outputAlone(encodeExample(example)), segments };
}

function outputAlone(example: TokenExample): TokenExample {
  const { lossWeights, outputStart = 0 } = example;
  if (outputStart === 0) return example;
  return {
    ...example,
    lossWeights: Float32Array.from(lossWeights, (weight, i) => (i < outputStart ? 0 : weight)),
  };
}
