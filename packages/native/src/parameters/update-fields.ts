import { type PiecesToUpdate, slotsOf } from '@ramble/core';

import type { Update } from '../addon/ops.gen.js';

/**
 * What the addon's `update` is given.
 *
 * @param factor - One number, which it reads when it runs.
 */
export function updateFields(
  { slot, rule, ...pieces }: Omit<PiecesToUpdate, 'scale'>,
  factor: Float32Array,
): Update {
  const variance = slotsOf(rule.kind).includes('variance') ? slot('variance') : null;
  return { ...pieces, rule, mean: slot('mean'), variance, factor };
}
