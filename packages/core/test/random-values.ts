import { randomAt } from '../src/random/random.js';

/** Returns standard normal numbers, which differ between streams. */
export function randomValues(count: number, stream: number, deviation = 1): Float32Array {
  const random = randomAt({ seed: 11, purpose: 'init', step: 0, stream });
  return Float32Array.from({ length: count }, (_, i) => deviation * random.normal(i));
}
