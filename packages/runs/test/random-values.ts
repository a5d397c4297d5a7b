import { randomAt } from '@ramble/core';

/** Returns normally distributed numbers, different for each stream. */
export function randomValues(count: number, stream: number, deviation = 1): Float32Array {
  const random = randomAt({ seed: 11, purpose: 'init', step: 0, stream });
  return Float32Array.from({ length: count }, (_, i) => deviation * random.normal(i));
}
