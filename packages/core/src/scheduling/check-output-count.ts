import type { CheckedSampling } from '../config/sampling-config.js';

/**
 * Checks that several outputs of one prompt can differ.
 *
 * @throws RangeError for more than one with beams, or by the method greedy.
 */
export function checkOutputCount(
  count: number,
  { numBeams, method }: Pick<CheckedSampling, 'numBeams' | 'method'>,
): void {
  if (numBeams > 1 && count > 1) {
    throw new RangeError(
      `count: expected 1 with numBeams (${numBeams}), got ${count}; nBest returns several`,
    );
  }
  if (method === 'greedy' && count > 1) {
    throw new RangeError(
      `count: expected 1 with the method greedy, whose outputs would all be the same, got ${count}`,
    );
  }
}
