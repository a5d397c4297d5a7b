import type { SoftmaxOf } from '@ramble/core';

import type { Addon } from '../addon/addon-types.js';

/** Softmax of a vocabulary, as sampling needs it for every token. */
export function nativeSoftmax(addon: Addon): SoftmaxOf {
  return (logits, probabilities) => {
    if (probabilities && probabilities.length !== logits.length) {
      throw new RangeError(
        `probabilities: expected ${logits.length} numbers, got ${probabilities.length}`,
      );
    }
    return addon.distribution(
      logits instanceof Float64Array,
      logits.length,
      logits,
      probabilities,
    );
  };
}
