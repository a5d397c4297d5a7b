import { randomAt } from '@ramble/core';

/** Standard normal numbers, other ones for each stream, the same on every machine. */
export function randomValues(count: number, stream: number): Float32Array {
  const random = randomAt({ seed: 23, purpose: 'init', step: 0, stream });
  return Float32Array.from({ length: count }, (_, i) => random.normal(i));
}
