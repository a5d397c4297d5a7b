import type { TrainingConfig } from '../config/training-config.js';
import { OPTIMIZERS, type Slot, slotsOf } from '../parameters/optimizer.js';

/** What a training keeps for each parameter. */
export interface TrainingSlot {
  readonly slot: Slot;
  /** Whether each rank has its own: where ranks make updates alone. */
  readonly isOfRank: boolean;
}

/** The slots of a training's optimizers. */
export function trainingSlots({
  optimizer,
  syncEvery,
}: Pick<TrainingConfig, 'optimizer' | 'syncEvery'>): TrainingSlot[] {
  const isOfRank = syncEvery > 0;
  const inner: TrainingSlot[] = slotsOf(OPTIMIZERS[optimizer].kind).map((slot) => ({
    slot,
    isOfRank,
  }));
  return isOfRank ? [...inner, { slot: 'outer', isOfRank: false }] : inner;
}
