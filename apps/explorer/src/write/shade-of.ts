import type { WrittenToken } from '@ramble/explorer';

/** Quantity that the colour of a token shows. */
export type Shade = 'probability' | 'entropy' | 'none';

/** Surprisal in bits at which each deeper shade begins. */
const SURPRISE_BITS = [0.5, 1, 2, 3.5, 5, 7, 10];
const ENTROPY_BITS = [0.25, 0.75, 1.5, 2.5, 3.5, 5, 7];

/** Number of shades, from none to the deepest. */
export const SHADES = SURPRISE_BITS.length + 1;

/** Returns the classes of a token for its surprisal and the entropy at its position. */
export function shadeClasses({ probability, entropy }: WrittenToken): string {
  return `token p${bucketOf(-Math.log2(probability), SURPRISE_BITS)} e${bucketOf(entropy, ENTROPY_BITS)}`;
}

function bucketOf(bits: number, limits: readonly number[]): number {
  const index = limits.findIndex((limit) => bits < limit);
  return index < 0 ? limits.length : index;
}
