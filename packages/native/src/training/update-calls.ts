import { chunkSums, normOf, type ParameterUpdate, type UpdatedNumbers } from '@ramble/core';

import type { OpCall } from '../addon/addon-types.js';
import { updateFields } from '../parameters/update-fields.js';
import { writtenCalls } from './written-calls.js';

/** An update as calls of the addon, which follow those that make its gradients. */
export interface UpdateCalls {
  readonly calls: readonly OpCall[];
  /** The norm of the gradients before clipping, once they have run; NaN for a loss that is not finite. */
  readonly gradientNorm: () => number;
}

/**
 * Clips gradients and updates the parameters of a store, unless loss or norm are not finite.
 *
 * @param gradients - One array for each parameter.
 * @param loss - One number.
 */
export function updateCalls(
  numbers: UpdatedNumbers,
  gradients: readonly Float32Array[],
  loss: Float32Array,
  { rule, clipNorm: limit }: ParameterUpdate,
): UpdateCalls {
  const sums = chunkSums(gradients);
  const factor = new Float32Array(1);
  const calls = writtenCalls((addon) => {
    addon.sumsOfSquares({ arrays: gradients, sums });
    addon.clip({ chunks: sums.length, sums, limit, loss, factor });
    addon.update(updateFields({ ...numbers, gradients, rule }, factor));
  });
  return { calls, gradientNorm: () => (Number.isFinite(loss[0]) ? normOf(sums) : NaN) };
}
