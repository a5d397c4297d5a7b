import type { DoubleSoftmax } from '@ramble/core/sampling';

import type { Addon } from '../addon/load-addon.js';

/** The softmax of the logits of a vocabulary, for sampling. */
export function nativeSoftmax(addon: Addon): DoubleSoftmax {
  return (logits, probabilities) => {
    if (probabilities && probabilities.length !== logits.length) {
      throw new RangeError(
        `probabilities: expected ${logits.length} numbers, got ${probabilities.length}`,
      );
    }
    const totals = new Float64Array(2);
    const count = logits.length;
    if (logits instanceof Float64Array) {
      addon.wideDistribution({ count, logits, probabilities, totals });
    } else {
      addon.distribution({ count, logits, probabilities, totals });
    }
    return totals[0] + Math.log(totals[1]);
  };
}

/**
 * The factor of the products of queries and keys, in 32 bits: by default `1 / sqrt(D)` with both steps
 * rounded, as in C++.
 */
export function scoreScale(scale: number | undefined, headDim: number): number {
  const isDefault = scale === undefined || scale === 1 / Math.sqrt(headDim);
  return Math.fround(isDefault ? 1 / Math.fround(Math.sqrt(headDim)) : scale);
}
