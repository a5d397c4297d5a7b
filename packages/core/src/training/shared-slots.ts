import * as tf from '@tensorflow/tfjs-core';

import type { Slot } from '../parameters/optimizer.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import type { PieceUpdates } from '../parameters/piece-updates.js';
import type { Ranks } from '../ranks/ranks.js';
import { piecesOf, type SharedBucket, sharedBuckets, sharedParameters } from './shared-buckets.js';

/** A store of which a rank keeps the optimizer's slots of its own parts alone. */
export interface SharedSlots {
  readonly buckets: readonly SharedBucket[];
  readonly pieces: PieceUpdates;
}

/**
 * Gives up the optimizer's slots of all parts but a rank's own (ZeRO-1).
 *
 * @throws TypeError where the engine updates all parameters at once.
 * @see Rajbhandari et al. 2020, section 5.1, https://arxiv.org/abs/1910.02054
 */
export function keepOwnSlots(
  { specs, pieces }: ParameterStore,
  { rank, count }: Pick<Ranks, 'rank' | 'count'>,
): SharedSlots {
  if (!pieces) {
    throw new TypeError(
      `shardOptimizer: expected an engine that can update a part of the parameters (native, wasm or cpu), got ${tf.getBackend()}`,
    );
  }
  const buckets = sharedBuckets(specs, count);
  pieces.keep(buckets.flatMap((bucket) => piecesOf(bucket, rank)));
  return { buckets, pieces };
}

/**
 * Returns what reads whole slots of which each rank keeps its part; all ranks must call it in the same order.
 */
export function slotReader(
  ranks: Pick<Ranks, 'count' | 'gatherParts'>,
  parameters: Pick<ParameterStore, 'specs' | 'read'>,
): (name: string, slot: Slot) => Promise<Float32Array> {
  const shared = sharedBuckets(parameters.specs, ranks.count).flatMap(sharedParameters);
  const endsOf = new Map(shared.map(({ name, ends }) => [name, ends]));
  return async (name, slot) => {
    const values = parameters.read(name, slot);
    await ranks.gatherParts(values, endsOf.get(name) ?? []);
    return values;
  };
}
