import { randomAt, type TrainingConfig } from '@ramble/core';

/**
 * Chooses the part of the training data that is trained on: each item with the probability `dataShare`.
 * A larger share contains every item of a smaller one.
 *
 * @throws RangeError when there is none.
 */
export function shareOf<T>(
  items: readonly T[],
  { dataShare, seed }: Pick<TrainingConfig, 'dataShare' | 'seed'>,
): readonly T[] {
  const random = randomAt({ seed, purpose: 'share', step: 0 });
  const taken = items.filter((_, i) => random.uniform(i) < dataShare);
  if (taken.length > 0 || items.length === 0) return taken;
  throw new RangeError(
    `dataShare: expected a share with at least one example in it, got ${dataShare} of ${items.length}`,
  );
}
